/**
 * The hot path, each part beside what promises and the host do in the same shape.
 *
 * `deno bench` runs it with no permission; `bun bench/hot_path_bench.ts` and Node run it as well. Here all of it runs in one
 * process, where what one program teaches the engine's inline caches slows the next one down, as in a large
 * application. The figures of RESULTS.md and of compare.ts come from one process a program. `deno bench --filter` chooses by
 * the names in the first column, not by the titles of the groups.
 *
 * @module
 */
import * as asyncio from "../mod.ts";
import { bench, runBenches } from "./harness.ts";
import { rows } from "./hot_path/rows.ts";

for (const { title, operations, baseline, module } of rows) {
  bench({ group: title, name: baseline.name, baseline: true, operations, fn: baseline.make(asyncio) });
  bench({ group: title, name: module.name, operations, fn: module.make(asyncio) });
}

await runBenches();
