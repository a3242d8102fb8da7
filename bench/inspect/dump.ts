/**
 * How long it takes to tell of many tasks.
 */
import { fileURLToPath } from "node:url";
import { spread } from "../harness/alternate.ts";
import { range } from "../harness/format.ts";
import { output } from "../harness/hosts.ts";
import type { Bench, Reached } from "../harness/section.ts";

const MEASURE = fileURLToPath(new URL("measure_dump.ts", import.meta.url));
const COUNT = 100_000;

/** What waits, and its title. */
const ROWS = [
  ["coroutines", "coroutines that wait for an event"],
  ["functions", "async functions that do"],
  ["group", "tasks of one group"],
  ["chain", "tasks that each wait for the next"],
] as const;

/** The tree of 100,000 tasks. */
export const dump: Bench = {
  title: "The tree of 100,000 tasks",
  hosts: ["Deno", "Bun", "Node"],
  async measure({ hosts, smoke, rounds, wants }) {
    const cells: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      for (const [shape, title] of ROWS.filter(([, title]) => wants(title))) {
        const times: number[] = [];
        for (let round = 0; round < rounds(3); round++) {
          times.push(Number(await output([...command, MEASURE, shape, `${smoke ? 100 : COUNT}`])));
        }
        const time = spread(times);
        cells.push([title, on, range(time, "ms")]);
        reached.push({ id: "dump/tree", on, what: `the tree of 100,000 ${title}`, value: time.median, unit: "ms" });
      }
    }
    return {
      title: this.title,
      how: "Milliseconds for `formatTasks()` with names, states and waits, and with the lines of the first of them.",
      tables: [{ head: ["", "On", "Time"], rows: cells, text: ["On"] }],
      reached,
    };
  },
};
