/** A limit of Deno 2.9 that docs/limits.md lists. When this test fails, Deno has been mended: take it out of that list. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "../loop/processes.ts";

describe("A worker of Deno's that is ended in a loop without end", () => {
  it("spins on until the process ends", async () => {
    const { code, output } = await runFixture("../../executors/fixtures/spins_on.ts");
    assertEquals([code, output], [0, ["spins on"]]);
  });
});
