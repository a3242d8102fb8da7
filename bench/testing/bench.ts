/**
 * How fast tests are: an hour of virtual time, and orders that are explored.
 */
import { fileURLToPath } from "node:url";
import { range } from "../harness/format.ts";
import { spread } from "../harness/alternate.ts";
import { output } from "../harness/hosts.ts";
import type { Bench, Reached } from "../harness/section.ts";

const program = fileURLToPath(new URL("measure.ts", import.meta.url));

/** What is measured, with how often by default, and the id of its goal. */
const ROWS = [
  { row: "an hour of 1,000 tasks that sleep a second", what: "hour", count: 1_000, id: "testing/hour" },
  { row: "1,000 orders of 20 coroutines", what: "coroutines", count: 1_000, id: "testing/explore" },
  { row: "1,000 orders of 20 async functions", what: "async functions", count: 1_000, id: "testing/explore-async" },
  {
    row: "1,000 runs of a server and 5 clients on a simulated network",
    what: "network",
    count: 1_000,
    id: "testing/network",
  },
] as const;

/** Virtual time and explored orders. */
export const testing: Bench = {
  title: "Tests",
  hosts: ["Deno", "Bun", "Node"],
  async measure({ hosts, smoke, rounds, wants }) {
    const rows: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      for (const { row, what, count, id } of ROWS.filter(({ row }) => wants(row))) {
        const times: number[] = [];
        for (let round = 0; round < rounds(3); round++) {
          times.push(Number(await output([...command, program, what, `${smoke ? 3 : count}`])));
        }
        const time = spread(times);
        rows.push([row, on, range(time, "ms")]);
        reached.push({ id, on, what: row, value: time.median, unit: "ms" });
      }
    }
    return {
      title: this.title,
      how:
        "Milliseconds of the real clock. The hour is 3.6 million wake-ups on virtual time, by `runVirtual()`; the orders are runs of " +
        "`explore()` by chance; each client of the network sends ten lines and reads ten.",
      tables: [{ head: ["", "On", "Time"], rows, text: ["On"] }],
      reached,
    };
  },
};
