/**
 * What it costs a program that somebody looks at it.
 */
import { fileURLToPath } from "node:url";
import { alternate, type Contender, ratios, spread } from "../harness/alternate.ts";
import { range } from "../harness/format.ts";
import { output } from "../harness/hosts.ts";
import type { Bench, Reached } from "../harness/section.ts";

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

/** What is measured, and its title. */
const ROWS = [
  ["steps", "10,000 tasks that step in turn, a few dozen microseconds each"],
  ["requests", "requests of HTTP, beside 10,000 tasks that sleep a second again and again"],
] as const;

interface Sample {
  readonly count: number;
  readonly updates: number;
  readonly cpu: number;
  readonly seconds: number;
}

/** A live page that is open, and none. */
export const watched: Bench = {
  title: "The live page",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds, seconds, wants }) {
    const cells: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      for (const [what, title] of ROWS.filter(([, title]) => wants(title))) {
        const contenders = ["0", "1"].map((isWatched): Contender<Sample> => ({
          name: isWatched,
          measure: async () => {
            const args = [MEASURE, what, isWatched, `${seconds(4) * 1_000}`, smoke ? "100" : "10000"];
            return JSON.parse(await output([...command, ...args]));
          },
        }));
        const measured = await alternate(contenders, rounds(5));
        const rate = ({ count, cpu, seconds }: Sample) => count / (Number.isFinite(cpu) && cpu > 0 ? cpu : seconds);
        const [alone, seen] = ["0", "1"].map((name) => measured.get(name)!);
        const held = spread(ratios(seen!.map(rate), alone!.map(rate)));
        const updates = spread(seen!.map((sample) => sample.updates));
        cells.push([
          title,
          on,
          range(spread(alone!.map(rate)), "count"),
          range(held, "ratio"),
          updates.median.toFixed(1),
        ]);
        if (smoke) continue;
        const figure = `${what} while a live page is open`;
        reached.push({
          id: `watched/${what}`,
          on,
          what: figure,
          value: held.median,
          unit: "ratio",
          of: "those without",
          held,
        });
      }
    }
    return {
      title: this.title,
      how:
        "What is done by second of the program's processor time, without a page and with one that is open in another process; and how often in a " +
        "second that is told what has changed.",
      tables: [{ head: ["", "On", "Without", "With, of that", "Told a second"], rows: cells, text: ["On"] }],
      reached,
    };
  },
};
