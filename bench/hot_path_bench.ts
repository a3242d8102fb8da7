/**
 * The hot path, each part beside what promises and the host do in the same shape.
 *
 * `deno bench` runs it with no permission; `bun bench/hot_path_bench.ts` and Node run it as well. Here all of it runs in one
 * process, where what one program teaches the engine's inline caches slows the next one down, as in a large
 * application. The figures of RESULTS.md and of compare.ts come from one process a program. `deno bench --filter` chooses by
 * the names in the first column, not by the titles of the groups.
 */
import * as asyncio from "../mod.ts";
import { takeSamples } from "./harness/samples.ts";
import { ownProgram } from "./programs/row.ts";
import { rows } from "./programs/rows.ts";

for (const row of rows) {
  const { title: group, operations } = row;
  if (!("Deno" in globalThis)) console.log(`\n${group}`);
  const both = [[row.baseline, row.native(asyncio), true], [row.module, ownProgram(row, asyncio), false]] as const;
  for (const [name, program, baseline] of both) {
    if ("Deno" in globalThis) {
      const fn = async (timer: Deno.BenchContext) => void await program(timer);
      Deno.bench({ group, name: `${name}, ${operations.toLocaleString("en")} times`, baseline, fn });
      continue;
    }
    const { median } = await takeSamples(program, operations, { warmUp: 100, enough: 400 });
    console.log(`  ${name.padEnd(56)} ${median.toFixed(1).padStart(10)} ns${baseline ? "  (baseline)" : ""}`);
  }
}
