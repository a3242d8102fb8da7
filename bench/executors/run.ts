/**
 * Threads by this module beside bare workers and one thread, on Deno, Bun and Node: the round trip of `toThread()`, and hashing on two
 * processors.
 *
 * ```sh
 * deno run -A bench/executors/run.ts                    # a minute
 * deno run -A bench/executors/run.ts --only bun --rounds 60
 * deno run -A bench/executors/run.ts --smoke            # seconds, to see that it works; nothing is judged
 * ```
 *
 * In every round each of the two has its turn. What counts is the ratio of their lower quartiles, since whatever else the machine does can
 * only add to a turn; hashing on two processors needs both of them to be idle. The exit code is 1 if a goal is missed.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { quantile } from "../harness.ts";
import { works } from "../net/processes.ts";
import { findRuntimes, firstLine, output } from "../runtimes.ts";

/** How many times a bare round trip one of `toThread()` may take, and how many times as fast two threads are. */
const MOST = 1.15;
const LEAST = 1.8;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
  },
});
const { smoke } = values;
const rounds = Number(values.rounds ?? (smoke ? 1 : 30));
const program = fileURLToPath(new URL("measure.ts", import.meta.url));

interface Contestant {
  readonly name: string;
  readonly version: string;
  readonly command: readonly string[];
}

function contestants(): Contestant[] {
  const wanted = values.only.map((word) => word.toLowerCase());
  const found: Contestant[] = wanted.length === 1 && wanted[0] === "node" ? [] : findRuntimes(wanted);
  if (wanted.length > 0 && !wanted.includes("node")) return found;
  const node = ["node24", "node"].find((name) => Number(/^v(\d+)/.exec(firstLine(name, "--version") ?? "")?.[1]) >= 24);
  if (node === undefined) console.log("Node 24 is not here, so it is left out: put it on PATH.");
  else found.push({ name: "Node", version: firstLine(node, "--version") as string, command: [node] });
  return found;
}

/** Prints a table; gives the goals that were missed. */
async function compare({ name: runtime, version, command }: Contestant): Promise<string[]> {
  const args = [...command, program, `${rounds}`, smoke ? "smoke" : "full"];
  // Which processor a thread wakes up on makes more of a difference than anything else, so round trips are made on one.
  const trips = [...(works("taskset", ["-c", "0", "true"]) ? ["taskset", "-c", "0"] : []), ...args, "trips"];
  const measured: Record<string, { bare: number[]; module: number[] }> = {
    ...JSON.parse(await output(trips)),
    ...JSON.parse(await output([...args, "hashing"])),
  };
  console.log(`\n${runtime} ${version}, ${rounds} rounds\n`);
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(26) : cell.padStart(14)).join(""));
  row("round trip", "bare", "toThread()", "ratio", "at most");
  const missed: string[] = [];
  for (const [name, turns] of Object.entries(measured)) {
    const [bare, module] = [quantile(turns.bare, 0.25), quantile(turns.module, 0.25)];
    if (name === "hashing") {
      const times = bare / module;
      row("\nhashing", "one thread", "two workers", "times", "at least");
      row("", `${bare.toFixed(0)} ms`, `${module.toFixed(0)} ms`, times.toFixed(2), LEAST.toFixed(2));
      if (times < LEAST) missed.push(`${runtime}, hashing: ${times.toFixed(2)} times as fast, goal ${LEAST}`);
      continue;
    }
    const ratio = module / bare;
    row(name, `${bare.toFixed(1)} µs`, `${module.toFixed(1)} µs`, ratio.toFixed(2), MOST.toFixed(2));
    if (ratio > MOST) {
      missed.push(`${runtime}, round trip of ${name}: ${ratio.toFixed(2)} times a bare one, goal ${MOST}`);
    }
  }
  return missed;
}

const missed: string[] = [];
for (const contestant of contestants()) missed.push(...await compare(contestant));
if (smoke) {
  console.log("\nEverything ran; so short a run says nothing of how fast.");
} else if (missed.length === 0) {
  console.log("\nEvery goal was met.");
} else {
  console.log(`\nMissed:\n${missed.map((line) => `  ${line}`).join("\n")}`);
  exit(1);
}
