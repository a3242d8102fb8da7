/**
 * The module's own locks, queues, groups and deadlines in many orders, and cancelled everywhere. `deno task test:simulation --seeds N` tries more.
 */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { createTask } from "../../mod.ts";
import { cancelEverywhere, explore } from "../../src/testing/mod.ts";
import { programs } from "./programs.ts";

const SEEDS = Number(process.env["SIMULATION_SEEDS"] ?? 200);

for (const [name, make] of Object.entries(programs)) {
  describe(`In any order, ${name},`, () => {
    for (const strategy of ["random", "pct"] as const) {
      it(`by the strategy ${strategy}`, async () => {
        const { program, holds } = make();
        await explore(async () => {
          await createTask(program);
          assert(holds());
        }, { seeds: SEEDS, strategy });
      });
    }

    it("and wherever it is cancelled", async () => {
      const { program, holds, mayReturn } = make();
      await cancelEverywhere(program, { check: holds, mayReturn });
    });
  });
}
