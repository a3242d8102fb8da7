/**
 * The hot path beside its native baselines.
 */
import { pathToFileURL } from "node:url";
import { alternate, contender, measureCommand, ratios, type Spread, spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import type { Host } from "../harness/hosts.ts";
import type { Bench, Effort, Reached } from "../harness/section.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";

const OWN = pathToFileURL(new URL("../../mod.ts", import.meta.url).pathname).href;

/** A row as one run has measured it: nanoseconds an operation. */
interface Figure {
  readonly baseline: Spread;
  readonly module: Spread;
  /** What the module takes of the baseline's time, round by round. */
  readonly ratio: Spread;
}

async function measureRow(host: Host, row: Row, { duration, rounds }: Effort): Promise<Figure> {
  const contenders = ["baseline", OWN].map((subject) =>
    contender(subject, measureCommand(host, subject, row.id, duration))
  );
  const measured = await alternate(contenders, rounds(3));
  const [baseline, module] = ["baseline", OWN].map((name) => measured.get(name)!.map(({ median }) => median));
  return { baseline: spread(baseline!), module: spread(module!), ratio: spread(ratios(module!, baseline!)) };
}

// The mean of two runs is between them; each run's own figure stands in the table.
const mean = (first: number, second: number) => (first + second) / 2;

/** Rows whose goal is a time and not a part of the baseline's. */
const TIMED = ["create", "queue", "lock", "call-later", "cancel", "async-task"];

function judged(row: Row, on: Host["name"], [first, second]: readonly [Figure, Figure]): Reached {
  const held = {
    median: mean(first.ratio.median, second.ratio.median),
    low: Math.min(first.ratio.low, second.ratio.low),
    high: Math.max(first.ratio.high, second.ratio.high),
  };
  const common = { id: `hot/${row.id}`, on, what: row.title, held };
  return TIMED.includes(row.id)
    ? { ...common, value: mean(first.module.median, second.module.median), unit: "ns" }
    : { ...common, value: held.median, unit: "ratio", of: row.baseline };
}

/** Every row, twice from the beginning. */
export const hot: Bench = {
  title: "The hot path",
  hosts: ["Deno", "Bun"],
  async measure(effort) {
    const { hosts, smoke, wants } = effort;
    const wanted = rows.filter(({ id }) => wants(id));
    const chosen = smoke ? wanted.slice(0, 1) : wanted;
    const run = async () => {
      const figures: Figure[] = [];
      for (const host of hosts) {
        for (const row of chosen) figures.push(await measureRow(host, row, effort));
      }
      return figures;
    };
    const runs = [await run(), await run()] as const;
    const all = hosts.flatMap(({ name: on }) => chosen.map((row) => ({ on, row })));
    const cells: string[][] = [];
    const reached: Reached[] = [];
    const apart: string[] = [];
    for (const [i, { on, row }] of all.entries()) {
      const [first, second] = [runs[0][i]!, runs[1][i]!];
      if (first.module.low > second.module.high || second.module.low > first.module.high) {
        apart.push(`${row.title} on ${on}`);
      }
      const baselines = [first, second].map(({ baseline }) => FORMATS.ns(baseline.median)).join(", ");
      cells.push([
        row.title,
        on,
        range(first.module, "ns"),
        range(second.module, "ns"),
        `${row.baseline}: ${baselines}`,
        range(first.ratio, "ratio"),
        range(second.ratio, "ratio"),
      ]);
      reached.push(judged(row, on, [first, second]));
    }
    const agree = apart.length === 0
      ? "The runs agree within their spread in every row."
      : `The middle halves of the two runs do not overlap in ${apart.length} of ${all.length} rows: ${
        apart.join("; ")
      }.`;
    const ratioColumns = ["Ratio, first run", "Ratio, second run"];
    const head = ["", "On", "First run", "Second run", "Without this module", ...ratioColumns];
    return {
      title: this.title,
      how:
        "Two runs, one after the other, of everything in `bench/programs`: nanoseconds an operation, and of the time that the " +
        `same takes without this module. ${agree}`,
      tables: [{ head, rows: cells, text: ["On", "Without this module"] }],
      reached,
    };
  },
};
