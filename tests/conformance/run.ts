/**
 * Runs recorded programs from the command line and prints how each failing one differs.
 *
 *   deno run -A tests/conformance/run.ts FILE.jsonl [--id X] [--area X] [--limit N] [--verbose]
 *
 * `--verbose` prints the whole trace and the stacks of all errors, with which a fault of the loop tells itself from
 * misuse that the program meant.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { areaOf, readCorpus } from "./program.ts";
import { check, type Run } from "./runner.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: "string" },
    area: { type: "string" },
    limit: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

function printRun(run: Run): void {
  for (const [time, text] of run.trace) console.log(`  | ${String(time).padStart(4)} ${text}`);
  for (const error of run.errors) console.log(`  ! ${error instanceof Error ? error.stack : String(error)}`);
}

const file = positionals[0] ?? new URL("./corpus.jsonl", import.meta.url);
const chosen = (await readCorpus(file))
  .filter((recorded) => values.id === undefined || recorded.id === values.id)
  .filter((recorded) => values.area === undefined || areaOf(recorded) === values.area)
  .slice(0, values.limit === undefined ? undefined : Number(values.limit));

let passed = 0;
const failed = new Map<string, number>();
for (const recorded of chosen) {
  const { difference, run, error } = await check(recorded);
  if (difference === null) passed++;
  else {
    failed.set(areaOf(recorded), (failed.get(areaOf(recorded)) ?? 0) + 1);
    console.log(`${recorded.id}\n${difference}`);
  }
  if (values.verbose && (difference !== null || values.id !== undefined)) {
    if (run) printRun(run);
    if (error instanceof Error) console.log(error.stack);
  }
}
for (const [area, count] of failed) console.log(`${area}: ${count} failed`);
console.log(`${passed} passed, ${chosen.length - passed} failed`);
process.exitCode = passed === chosen.length && passed > 0 ? 0 : 1;
