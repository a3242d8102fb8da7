/**
 * Runs a little of every bench, so that none rots; says nothing of how fast anything is.
 *
 * ```sh
 * deno run -A bench/smoke.ts
 * ```
 *
 * @module
 */
import { exit } from "node:process";
import { fileURLToPath } from "node:url";
import { findRuntimes, output } from "./runtimes.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const runtimes = findRuntimes();
const [first] = runtimes;
if (first === undefined) throw new Error("Cannot run the benches: neither Deno nor Bun is here.");

const commands = [
  ...runtimes.map(({ command }) => [...command, here("hot_path/smoke.ts")]),
  ...runtimes.map(({ command }) => [...command, here("http/latency_bench.ts"), "--smoke"]),
  [...first.command, here("scale/parked.ts"), "100"],
  [...first.command, here("compare.ts"), here(".."), "--rows", "lock", "--smoke"],
  [...first.command, here("peers/run.ts"), "--smoke"],
  [...first.command, here("size/run.ts"), "--smoke"],
  // This runs the other benches as well.
  [...first.command, here("report.ts"), "--smoke"],
];
let failed = 0;
for (const command of commands) {
  const start = performance.now();
  const name = command.join(" ");
  try {
    await output(command);
    console.log(`ok     ${name} (${((performance.now() - start) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n${(error as Error).message}`);
  }
}
exit(failed === 0 ? 0 : 1);
