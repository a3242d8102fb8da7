/**
 * How costs grow with the number of live tasks, and what a parked async function costs in memory.
 */
import { fileURLToPath } from "node:url";
import { alternate, type Spread, spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { COLLECTING, output } from "../harness/hosts.ts";
import { quantile } from "../harness/samples.ts";
import type { Bench, Reached } from "../harness/section.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** What is measured while tasks live. The last one has no goal: no cache holds what it needs. */
const GROWING = ["switch", "timer", "queue", "turns of all"] as const;

/** How costs grow. */
export const growth: Bench = {
  title: "Growth",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds, wants }) {
    const live = smoke ? [10, 100] : [1_000, 100_000, 1_000_000];
    const operations = smoke ? 1 : 1.5e6;
    const rows: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      for (const what of GROWING.filter(wants)) {
        const contenders = live.map((count) => ({
          name: `${count}`,
          measure: async () =>
            Number(await output([...command, here("growing.ts"), what, `${count}`, `${operations}`])),
        }));
        const measured = await alternate(contenders, rounds(2));
        const costs = live.map((count) => spread(measured.get(`${count}`)!));
        rows.push([what, on, ...costs.map((cost) => range(cost, "ns"))]);
        if (what !== "turns of all") reached.push(judged(what, on, live.at(-1)!, costs[0]!, costs.at(-1)!));
      }
    }
    return {
      title: this.title,
      how:
        "Nanoseconds an operation while so many other tasks sleep, each with a timer of its own. `timer` is `callLater` and `cancel`. In " +
        "`turns of all` it is the live tasks themselves that take turns, five each, with what it costs to make and to end them: no cache of a " +
        "processor holds them all. The goal is what the logarithm of a heap grows by.",
      tables: [{ head: ["", "On", ...live.map((count) => `${FORMATS.count(count)} live`)], rows, text: ["On"] }],
      reached,
    };
  },
};

function judged(what: string, on: Reached["on"], live: number, least: Spread, most: Spread): Reached {
  const value = most.median / least.median;
  const held = { median: value, low: most.low / least.high, high: most.high / least.low };
  const title = `${what} with ${FORMATS.count(live)} live tasks, over 1,000`;
  return { id: `growth/${what}`, on, what: title, value, unit: "times", held };
}

/** What a parked async function costs in memory, beside a bare one of the host and a coroutine. */
export const parked: Bench = {
  title: "Parked async functions",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, rounds }) {
    const count = smoke ? 100 : 100_000;
    const rows: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      const program = [...command, ...COLLECTING[on], here("parked.ts")];
      for (const kind of JSON.parse(await output(program)) as string[]) {
        const costs: number[] = [];
        for (let round = 0; round < rounds(3); round++) {
          costs.push(Number(await output([...program, kind, `${count}`])));
        }
        const value = quantile(costs, 0.5);
        rows.push([kind, on, FORMATS.B(value)]);
        reached.push({ id: `parked/${kind}`, on, what: `memory of ${kind}`, value, unit: "B", held: spread(costs) });
      }
    }
    return {
      title: this.title,
      how: `Bytes of the collected heap for each of ${
        FORMATS.count(count)
      } that are parked, in processes of their own.`,
      tables: [{ head: ["", "On", "Heap"], rows, text: ["On"] }],
      reached,
    };
  },
};
