/**
 * Measures everything and writes `bench/RESULTS.md` and `bench/chart.svg`.
 *
 * ```sh
 * deno task bench:report                       # everything, about twelve minutes on two cores
 * deno task bench:report --part hot,peers      # only these anew; the others are kept from the last time
 * deno task bench:report --write               # measures nothing, writes the files again
 * deno task bench:report --smoke               # measures as little as can be and writes nothing
 * ```
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { argv, env } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { toRounds } from "./options.ts";
import { toChart } from "./report/chart.ts";
import { measurers } from "./report/collect.ts";
import { DURATION } from "./report/durations.ts";
import { judge } from "./report/goals.ts";
import { describeMachine } from "./report/machine.ts";
import { toMarkdown } from "./report/markdown.ts";
import { type Part, PARTS, type Results } from "./report/results.ts";
import { findRuntimes, output } from "./runtimes.ts";

const FOLDER = `${env.XDG_CACHE_HOME || `${env.HOME || homedir()}/.cache`}/loop-asyncio`;
const KEPT = `${FOLDER}/results.json`;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    part: { type: "string", default: PARTS.join(",") },
    rounds: { type: "string", default: `${DURATION.rounds}` },
    smoke: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

function lastTime(): Partial<Results> {
  try {
    return JSON.parse(readFileSync(KEPT, "utf8"));
  } catch {
    return {};
  }
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const chosen = values.part.split(",") as Part[];
const unknown = chosen.find((part) => !PARTS.includes(part));
if (unknown) throw new TypeError(`Cannot measure "${unknown}": there is no such part. Choose of ${PARTS.join(", ")}.`);

const runtimes = findRuntimes();
let results: Results = values.smoke
  ? { machine: describeMachine(runtimes) }
  : { machine: describeMachine(runtimes), ...lastTime() };
if (!values.write) {
  results = { ...results, machine: describeMachine(runtimes) };
  const measure = measurers(runtimes, values.smoke, toRounds(values.rounds));
  for (const part of PARTS.filter((part) => chosen.includes(part))) {
    const start = performance.now();
    results = { ...results, [part]: await measure[part]() };
    console.log(`${part}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
    if (!values.smoke) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(KEPT, JSON.stringify(results));
    }
  }
}

const [text, chart] = [toMarkdown(results), toChart(results)];
if (values.smoke) console.log("Everything ran; nothing was written.");
else {
  writeFileSync(here("RESULTS.md"), text);
  if (chart !== null) writeFileSync(here("chart.svg"), chart);
  const deno = runtimes.find(({ name }) => name === "Deno");
  if (deno) await output([deno.command[0], "fmt", here("RESULTS.md"), ...(chart === null ? [] : [here("chart.svg")])]);
  for (const { on, what, goal, reached, met } of judge(results)) {
    console.log(`${met ? "met   " : "MISSED"} ${on.padEnd(5)} ${what}: ${reached}, ${goal} wanted`);
  }
}
