/**
 * Processes by this module beside those by the bare runtime: started, talked to and waited for, and much data through a pipe in each
 * direction.
 */
import { fileURLToPath } from "node:url";
import { besideBench } from "../harness/beside.ts";
import { FORMATS } from "../harness/format.ts";
import type { Bench } from "../harness/section.ts";

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));
const flow = (taken: number) => `${(1_000 / taken).toFixed(0)} MiB/s`;

/** What is measured of processes. */
export const processes: Bench = besideBench({
  id: "process",
  title: "Processes",
  how:
    "`createSubprocessExec` beside what a program without this module writes; both take turns, and the lower quartiles are compared.",
  hosts: ["Deno", "Bun"],
  rounds: 40,
  rows: [
    { name: "talk", title: "start, communicate, wait", show: FORMATS.ms, judged: "ratio" },
    { name: "wait", title: "start, wait", show: FORMATS.ms, judged: "ratio" },
    { name: "read", title: "read from a pipe", show: flow, judged: "ratio" },
    { name: "write", title: "write to a pipe", show: flow, judged: "ratio" },
  ],
  commands: ({ command }) => [[...command, MEASURE]],
});
