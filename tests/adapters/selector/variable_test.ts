import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { platform } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Runner } from "../../../mod.ts";
import { selectorAdapter } from "../../../src/adapters/selector/mod.ts";

const fixture = fileURLToPath(new URL("../fixtures/selector_chosen.ts", import.meta.url));
const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

function outcome(chosen: string, ...permissions: readonly string[]): string {
  const args = "Deno" in globalThis
    ? ["run", "--no-config", "--no-prompt", "--quiet", "--no-check", "--allow-net", "--allow-read", ...permissions]
    : [];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, fixture], {
    encoding: "utf8",
    env: { ...process.env, ASYNCIO_SELECTOR: chosen },
  });
  return stdout.trim() + stderr;
}

describe("ASYNCIO_SELECTOR", { ignore }, () => {
  const env = "--allow-env=ASYNCIO_SELECTOR";

  it("chooses the selector for loops that are made without an adapter", () => {
    assertEquals(outcome("epoll", env, "--allow-ffi"), "the selector");
    assertEquals(outcome("", env, "--allow-ffi"), "the runtime");
  });

  it("is not looked at where it may not be read", { ignore: !("Deno" in globalThis) }, () => {
    assertEquals(outcome("epoll", "--allow-ffi"), "the runtime");
  });

  it("refuses what is no selector", () => {
    assertStringIncludes(outcome("kqueue", env), "there is only epoll");
  });
});

describe("A Runner with an adapter", () => {
  it("makes its loop with that one, and takes no loopFactory beside it", async () => {
    const adapter = ignore ? undefined : selectorAdapter();
    await using runner = new Runner({ adapter });
    assertEquals(runner.getLoop().adapter.name === "selector", !ignore);
    let message = "";
    try {
      new Runner({ adapter: runner.getLoop().adapter, loopFactory: () => runner.getLoop() });
    } catch (error) {
      message = String(error);
    }
    assertStringIncludes(message, "RangeError: Cannot run with both adapter and loopFactory");
  });
});
