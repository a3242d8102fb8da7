import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "../loop/processes.ts";

/** Checks what programs write, and that they end well. */
async function check(expected: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await Promise.all(
    Object.entries(expected).map(async ([program, lines]) => {
      const { code, output, errors } = await runFixture("../../executors/fixtures/lifetime.ts", program);
      assertEquals({ program, code, output: output.sort(), errors }, { program, code: 0, output: lines, errors: "" });
    }),
  );
}

describe("A process with a pool", () => {
  it("ends by itself when the pool is idle, and not before a call has ended", async () => {
    await check({ idle: ["3"], busy: ["heard here", "said in the worker"] });
  });

  it("survives calls that fail and workers that exit", async () => {
    await check({ fails: ["3"], dies: ["BrokenWorkerError", "BrokenWorkerError", "BrokenWorkerError"] });
  });

  it("ends while a call runs that is terminated, and prints what workers have printed", async () => {
    await check({ leaves: ["left"], prints: ["last words"] });
  });
});
