/**
 * Plays random programs by hand.
 *
 *   deno run -A tests/async_form/random/run.ts --seed 7          one, with its source and its trace
 *   deno run -A tests/async_form/random/run.ts --seeds 1..5000   many; prints what is wrong
 *
 * `--plain` leaves out code that the module calls: iterators, disposers, functions given to `fromPromise`.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { indented } from "../../conformance/compiled/compile.ts";
import { playSeed, Rejections } from "./play.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string" }, plain: { type: "boolean" } },
});
using rejections = new Rejections();
let failed = 0;
let count = 0;

if (values.seed !== undefined) {
  const { source, trace, problems } = await playSeed(Number(values.seed), rejections.take, values.plain);
  console.log(`${indented(source)}\n${trace}\n\n${problems.join("\n")}`);
  count = 1;
  failed = problems.length > 0 ? 1 : 0;
} else {
  const [first = 1, last = first] = (values.seeds ?? "1..1000").split("..").map(Number);
  for (let seed = first; seed <= last; seed++) {
    const { problems, late } = await playSeed(seed, rejections.take, values.plain);
    count++;
    if (problems.length === 0) continue;
    failed++;
    console.log(`seed ${seed}: ${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ""}`);
    if (late) {
      console.log(`the seeds after ${seed} are not run: its loop, which goes on, would disturb them`);
      break;
    }
  }
}
console.log(`${count - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
