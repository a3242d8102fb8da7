/**
 * Looks for a run in which two nodes lead in the same term, and draws it.
 *
 * ```sh
 * deno run --allow-write examples/simulation/main.ts --seeds 1000
 * bun run examples/simulation/main.ts --seeds 1000
 * node examples/simulation/main.ts --seeds 1000 --fixed
 * ```
 *
 * `election.ts` has the nodes and the mistake, `simulate.ts` what happens to them, and `timeline.ts` draws. With `--fixed` the mistake is not there,
 * and nothing is found. The drawing is `election.svg`, or what `--draw` names.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { readArguments } from "../command_line/arguments.ts";
import { NAMES, simulate } from "./simulate.ts";
import { drawTimeline } from "./timeline.ts";

const { values } = readArguments("simulation/main.ts [--seeds N] [--fixed] [--draw FILE]", {
  options: {
    seeds: { type: "string", default: "1000" },
    fixed: { type: "boolean", default: false },
    draw: { type: "string", default: "election.svg" },
  },
});

const found = await simulate(Number(values.seeds), values.fixed);
if ("error" in found) {
  const { error, network } = found;
  const events = network.events();
  await writeFile(values.draw, drawTimeline(events, NAMES, Math.max(0, network.now() - 400)));
  console.log(`Found after ${error.runs} runs, by seed ${error.seed}: ${(error.cause as Error).message}`);
  console.log(network.log(20));
  console.log(`${values.draw} shows the last 400 ms.`);
} else {
  console.log(`Nothing was found in ${found.runs} runs.`);
}
