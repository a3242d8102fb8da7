/**
 * Runs benches and prints what they tell.
 *
 * ```sh
 * deno task bench:net                                     # or bench:http, bench:size …: bench/run.ts with the name of a bench
 * deno run -A bench/run.ts latency growth                 # or several names, of all that bench/harness/benches.ts knows
 * deno task bench:net --runtime bun --rows streams --rounds 3
 * deno task bench:process --smoke                         # seconds, to see that it works; only what is the same in each run is judged
 * ```
 *
 * `--runtime` chooses runtimes and `--rows` rows, each by words with commas between them; rows are servers where servers are measured. `--rounds` is
 * how often each is measured, `--seconds` how long a server is in each round. At the end stands how each figure is judged: by the best so far, and by
 * its goal. The exit code is 1 if a figure is worse than the best so far. `--keep` keeps what is the best now, as `bench:report` does.
 *
 * bench:size has two more: `--quick` counts modules and bundles, in a second; `--files` lists the files that a small program loads at once, with their
 * bytes in its minified bundle.
 */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import { benches, measureBench, NAMES, OPTIONS, toBenches } from "./harness/benches.ts";
import { type Reached, toText } from "./harness/section.ts";
import { judge, keepBest, toTable } from "./report/verdicts.ts";
import { weight } from "./size/bench.ts";
import { filesAtOnce, SMALL } from "./size/bundle.ts";
import { inProject } from "./size/subjects.ts";

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: {
    ...OPTIONS,
    keep: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    files: { type: "boolean", default: false },
  },
});
const names = toBenches("the name", positionals);
if (names.length === 0) throw new TypeError(`Cannot measure nothing: name one or more of ${NAMES.join(", ")}.`);

if (values.files) {
  const files = await inProject((folder) => filesAtOnce(folder, SMALL));
  for (const [file, bytes] of files) console.log(`${String(bytes).padStart(8)}  ${file}`);
  console.log(`${String(files.reduce((sum, [, bytes]) => sum + bytes, 0)).padStart(8)}  in ${files.length} files`);
  exit(0);
}

const reached: Reached[] = [];
for (const name of names) {
  const section = await measureBench(values.quick && name === "size" ? weight : benches[name], values);
  console.log(`${toText(section)}\n`);
  reached.push(...section.reached.filter(({ exact }) => exact || !values.smoke));
}
const verdicts = judge(reached);
if (verdicts.length > 0) console.log(toText({ title: "Judged", how: "", tables: [toTable(verdicts)], reached: [] }));
if (values.keep) keepBest(verdicts);
if (values.smoke) console.log("\nEverything ran; so short a run says nothing of how fast.");
exit(verdicts.some(({ isWorse }) => isWorse) ? 1 : 0);
