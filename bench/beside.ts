/**
 * This module beside what it is built on: tables and goals for the benches whose programs take turns (`turns.ts`).
 *
 * What counts is the ratio of the lower quartiles, since whatever else the machine does can only add to a turn.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import { quantile } from "./harness.ts";
import { toNames, toRounds } from "./options.ts";
import { findRuntimes, firstLine, type RuntimeName } from "./runtimes.ts";
import type { Measured, Turns } from "./turns.ts";

/** A runtime; Node is none of those that every bench runs on. */
export interface Host {
  readonly name: RuntimeName | "Node";
  readonly version: string;
  readonly command: readonly string[];
}

/** A work, and how its turns are told and judged. */
export interface Row {
  /** The name under which it was measured. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  /** The milliseconds of an operation as a figure. */
  readonly show: (taken: number) => string;
  /** How many times the bare time this module may take; or how many times as fast it is at least. */
  readonly goal: { readonly most: number } | { readonly least: number };
}

/** A work on a runtime, judged. */
export interface Beside {
  readonly on: Host["name"];
  readonly title: string;
  readonly bare: string;
  readonly module: string;
  readonly ratio: number;
  readonly goal: string;
  readonly met: boolean;
}

/** A bench of this kind. */
export interface BesideBench {
  /** Its title: what is measured. */
  readonly title: string;
  /** Whether it runs on Node as well. */
  readonly node: boolean;
  /** How many rounds count. */
  readonly rounds: number;
  readonly rows: readonly Row[];
  /** Runs the programs that take turns. */
  measure(host: Host, rounds: number, smoke: boolean): Promise<Measured>;
}

/** The runtimes that a bench runs on, of those that are wanted; of all if none is named. */
export function findHosts({ node }: Pick<BesideBench, "node">, wanted: readonly string[] = []): Host[] {
  const found: Host[] = wanted.length === 1 && wanted[0] === "node" ? [] : findRuntimes(wanted);
  if (!node || (wanted.length > 0 && !wanted.includes("node"))) return found;
  const command = ["node24", "node"].find((name) =>
    Number(/^v(\d+)/.exec(firstLine(name, "--version") ?? "")?.[1]) >= 24
  );
  if (command === undefined) console.log("Node 24 is not here, so it is left out: put it on PATH.");
  else found.push({ name: "Node", version: firstLine(command, "--version") as string, command: [command] });
  return found;
}

/** Measures all rows on a runtime. */
export async function measureBeside(bench: BesideBench, host: Host, rounds: number, smoke: boolean): Promise<Beside[]> {
  const measured = await bench.measure(host, rounds, smoke);
  return bench.rows.map(({ name, title, show, goal }) => {
    const turns = measured[name] as Turns;
    const [bare, module] = [quantile(turns.bare, 0.25), quantile(turns.module, 0.25)];
    const common = { on: host.name, title, bare: show(bare), module: show(module) };
    if ("most" in goal) {
      const ratio = module / bare;
      return { ...common, ratio, goal: `at most ${goal.most.toFixed(2)} of bare`, met: ratio <= goal.most };
    }
    const ratio = bare / module;
    return { ...common, ratio, goal: `at least ${goal.least.toFixed(2)} times`, met: ratio >= goal.least };
  });
}

/** The command line of such a bench: tables, and the goals that were missed, which make the exit code 1. */
export async function runBeside(bench: BesideBench): Promise<void> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      smoke: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
    },
  });
  const rounds = toRounds(values.rounds ?? `${values.smoke ? 2 : bench.rounds}`);
  const missed: string[] = [];
  const wanted = toNames("--only", values.only, ["deno", "bun", ...(bench.node ? ["node"] : [])]);
  for (const host of findHosts(bench, wanted)) {
    const found = await measureBeside(bench, host, rounds, values.smoke);
    console.log(`\n${bench.title}, ${host.name} ${host.version}, ${rounds} rounds\n`);
    const line = (first: string, ...cells: string[]) =>
      console.log(first.padEnd(28) + cells.map((cell) => cell.padStart(14)).join(""));
    line("", "bare", "this module", "ratio", "");
    for (const { title, bare, module, ratio, goal, met } of found) {
      line(title, bare, module, ratio.toFixed(2), `  ${goal}`);
      if (!met) missed.push(`${host.name}, ${title}: ${ratio.toFixed(2)}, wanted ${goal}`);
    }
  }
  if (values.smoke) {
    console.log("\nEverything ran; so short a run says nothing of how fast.");
  } else if (missed.length === 0) {
    console.log("\nEvery goal was met.");
  } else {
    console.log(`\nMissed:\n${missed.map((line) => `  ${line}`).join("\n")}`);
    exit(1);
  }
}
