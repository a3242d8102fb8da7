/**
 * What is measured of processes.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { BesideBench } from "../beside.ts";
import { output } from "../runtimes.ts";

const program = fileURLToPath(new URL("compare.ts", import.meta.url));

const one = (taken: number) => `${taken.toFixed(2)} ms`;
const flow = (taken: number) => `${(1_000 / taken).toFixed(0)} MiB/s`;

/** Started, talked to and waited for, and much data through a pipe in each direction. */
export const processes: BesideBench = {
  title: "Processes",
  node: false,
  rounds: 40,
  rows: [
    { name: "talk", title: "start, communicate, wait", show: one, goal: { most: 1.2 } },
    { name: "wait", title: "start, wait", show: one, goal: { most: 1.2 } },
    { name: "read", title: "read from a pipe", show: flow, goal: { most: 1 / 0.9 } },
    { name: "write", title: "write to a pipe", show: flow, goal: { most: 1 / 0.9 } },
  ],
  async measure({ command }, rounds, smoke) {
    return JSON.parse(await output([...command, program, `${rounds}`, smoke ? "smoke" : "full"]));
  },
};
