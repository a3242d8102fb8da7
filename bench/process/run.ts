/**
 * Processes by this module beside those by the bare runtime, on Deno and on Bun: started, talked to and waited for, and much data through a
 * pipe in each direction.
 *
 * ```sh
 * deno run -A bench/process/run.ts                    # half a minute
 * deno run -A bench/process/run.ts --only bun --rounds 30
 * deno run -A bench/process/run.ts --smoke            # seconds, to see that it works; nothing is judged
 * ```
 *
 * In every round each of the two has its turn. What counts is the ratio of their lower quartiles, since whatever else the machine does can
 * only add to a turn. The exit code is 1 if a goal is missed.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { quantile } from "../harness.ts";
import { findRuntimes, output, type Runtime } from "../runtimes.ts";
import type { Measured, Turns } from "./compare.ts";

/** What is measured, and how many times the bare runtime's time it may take. */
const WORKS = [
  { name: "talk", title: "start, communicate, wait", most: 1.2 },
  { name: "wait", title: "start, wait", most: 1.2 },
  { name: "read", title: "read from a pipe", most: 1 / 0.9 },
  { name: "write", title: "write to a pipe", most: 1 / 0.9 },
] as const;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
  },
});
const { smoke } = values;
const rounds = Number(values.rounds ?? (smoke ? 2 : 40));
const program = fileURLToPath(new URL("compare.ts", import.meta.url));

interface Result {
  readonly measured: Measured;
  readonly starts: number;
  readonly mebibytes: number;
}

/** Prints a table; gives the goals that were missed. */
async function compare({ name: runtime, version, command }: Runtime): Promise<string[]> {
  const text = await output([...command, program, `${rounds}`, smoke ? "smoke" : "full"]);
  const { measured, starts, mebibytes }: Result = JSON.parse(text);
  console.log(`\n${runtime} ${version}, ${rounds} rounds\n`);
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(26) : cell.padStart(14)).join(""));
  row("", "bare", "this module", "ratio", "at most");
  const missed: string[] = [];
  for (const { name, title, most } of WORKS) {
    const turns = measured[name] as Turns;
    const [bare, module] = [quantile(turns.bare, 0.25), quantile(turns.module, 0.25)];
    const ratio = module / bare;
    const pipe = name === "read" || name === "write";
    const show = (taken: number) =>
      pipe ? `${(mebibytes / taken * 1000).toFixed(0)} MiB/s` : `${(taken / starts).toFixed(2)} ms`;
    row(title, show(bare), show(module), ratio.toFixed(2), most.toFixed(2));
    if (ratio > most) {
      missed.push(`${runtime}, ${title}: ${ratio.toFixed(2)} times the bare runtime's, goal ${most.toFixed(2)}`);
    }
  }
  return missed;
}

const missed: string[] = [];
for (const runtime of findRuntimes(values.only.map((word) => word.toLowerCase()))) {
  missed.push(...await compare(runtime));
}
if (smoke) {
  console.log("\nEverything ran; so short a run says nothing of how fast.");
} else if (missed.length === 0) {
  console.log("\nEvery goal was met.");
} else {
  console.log(`\nMissed:\n${missed.map((line) => `  ${line}`).join("\n")}`);
  exit(1);
}
