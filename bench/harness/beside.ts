/**
 * Benches of this module beside what it is built on, whose two ways take turns within one process (`turns.ts`).
 *
 * What is compared is the lower quartiles, since whatever else the machine does can only add to a turn.
 */
import { ratios, spread } from "./alternate.ts";
import { FORMATS, type Unit } from "./format.ts";
import { type Host, output } from "./hosts.ts";
import { quantile } from "./samples.ts";
import type { Bench, Reached } from "./section.ts";
import type { Measured } from "./turns.ts";

/** A work, and how its turns are told. */
export interface BesideRow {
  /** The name under which it was measured. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  /** The milliseconds of an operation as a figure. */
  readonly show: (taken: number) => string;
  /** What is judged: this module's time of the bare one's, or how many times as fast as it this module is. */
  readonly judged: Extract<Unit, "ratio" | "times">;
}

/** A bench of this kind. */
export interface Beside {
  /** The part of the goals' names before the slash. */
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly hosts: Bench["hosts"];
  /** How many rounds count. */
  readonly rounds: number;
  readonly rows: readonly BesideRow[];
  /** The commands whose programs take turns; the names of the rows, the number of rounds, and `smoke` or `full` follow. */
  commands(host: Host): readonly (readonly string[])[];
}

/** Makes a bench of it. */
export function besideBench({ id, title, how, hosts, rounds, rows, commands }: Beside): Bench {
  return {
    title,
    hosts,
    async measure(effort) {
      const cells: string[][] = [];
      const reached: Reached[] = [];
      for (const host of effort.hosts) {
        const wanted = rows.filter(({ name }) => effort.wants(name));
        const measured: Measured = {};
        for (const [command, ...args] of commands(host)) {
          const names = wanted.map(({ name }) => name).join();
          const words = [names, `${effort.rounds(rounds)}`, effort.smoke ? "smoke" : "full"];
          Object.assign(measured, JSON.parse(await output([command!, ...args, ...words])));
        }
        for (const { name, title, show, judged } of wanted) {
          const { bare, module } = measured[name]!;
          const [least, own] = [quantile(bare, 0.25), quantile(module, 0.25)];
          const value = judged === "ratio" ? own / least : least / own;
          const { low, high } = spread(judged === "ratio" ? ratios(module, bare) : ratios(bare, module));
          const held = { median: value, low: Math.min(value, low), high: Math.max(value, high) };
          cells.push([title, host.name, show(least), show(own), FORMATS.ratio(value)]);
          reached.push({ id: `${id}/${name}`, on: host.name, what: title, value, unit: judged, of: "bare", held });
        }
      }
      const head = ["", "On", "Bare", "This module", "Ratio"];
      return { title, how, tables: [{ head, rows: cells, text: ["On"] }], reached };
    },
  };
}
