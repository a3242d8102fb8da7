/**
 * Runs recorded programs from the command line and prints how each failing one differs.
 *
 *   deno run -A tests/conformance/run.ts [FILE.jsonl] [--async | --compiled] [--only ID] [--area X] [--limit N]
 *
 * Programs are interpreted as coroutines. `--async` compiles each to real async functions and runs those; what contains
 * `spawn_eager` and differs is then skipped, since JavaScript cannot run an async function past its first `await` at
 * once. `--compiled` compiles to generator functions, which shows that the compiler is faithful.
 *
 * `--diff` prints both traces side by side, `--source` what a program was compiled to, `--quiet` only the counts, and
 * `--verbose` the stacks of all errors, with which a fault of the loop tells itself from misuse that the program meant.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { indented, sourceOf } from "./compiled/compile.ts";
import { asyncFunctions, generators } from "./compiled/syntax.ts";
import { type FormName, FORMS, judge } from "./forms.ts";
import { areaOf, readCorpus, type Recorded } from "./program.ts";
import { sideBySide } from "./side_by_side.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    async: { type: "boolean", default: false },
    compiled: { type: "boolean", default: false },
    only: { type: "string" },
    id: { type: "string" },
    area: { type: "string" },
    limit: { type: "string" },
    diff: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const name: FormName = values.async ? "async functions" : values.compiled ? "compiled coroutines" : "coroutines";
const only = values.only ?? values.id;

const file = positionals[0] ?? new URL("./corpus.jsonl", import.meta.url);
const chosen = (await readCorpus(file))
  .filter((recorded) => only === undefined || recorded.id === only)
  .filter((recorded) => values.area === undefined || areaOf(recorded) === values.area)
  .slice(0, values.limit === undefined ? undefined : Number(values.limit));

/** A rejection that nobody handles belongs to the program that runs when it comes; alone it would end the process. */
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => void unhandled.push(reason));

function explain(recorded: Recorded, verdict: Awaited<ReturnType<typeof judge>>): void {
  if (values.source) {
    console.log(indented(sourceOf(recorded.program, values.async ? asyncFunctions : generators)));
  }
  if (verdict.difference !== null && !values.quiet) console.log(`${recorded.id}\n${verdict.difference}`);
  if (values.diff) console.log(sideBySide(recorded.expected, verdict.run).join("\n"));
  if (values.verbose) {
    for (const error of [...verdict.run?.errors ?? [], ...verdict.error === undefined ? [] : [verdict.error]]) {
      console.log(`  ! ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}

const counts = { passed: 0, failed: 0, skipped: 0 };
const failed = new Map<string, number>();
for (const recorded of chosen) {
  const verdict = await judge(recorded, FORMS[name], unhandled);
  counts[verdict.kind]++;
  if (verdict.kind === "failed") failed.set(areaOf(recorded), (failed.get(areaOf(recorded)) ?? 0) + 1);
  if (verdict.kind === "failed" || only !== undefined) explain(recorded, verdict);
}
for (const [area, count] of failed) console.log(`${area}: ${count} failed`);
const { passed, failed: wrong, skipped } = counts;
console.log(`${passed} passed, ${wrong} failed${values.async ? `, ${skipped} skipped` : ""}`);
process.exit(wrong === 0 && passed > 0 ? 0 : 1);
