/**
 * Threads by this module beside bare workers and beside one thread: the round trip of `toThread()`, and hashing on two processors, which must
 * have nothing else to do.
 */
import { fileURLToPath } from "node:url";
import { besideBench } from "../harness/beside.ts";
import { FORMATS } from "../harness/format.ts";
import { works } from "../harness/hosts.ts";
import type { Bench } from "../harness/section.ts";
import { PAYLOADS } from "./functions.ts";

const measure = (part: string) => [fileURLToPath(new URL("measure.ts", import.meta.url)), part];

/** What is measured of threads. */
export const executors: Bench = besideBench({
  id: "executors",
  title: "Threads",
  how:
    "A round trip of `toThread` beside one of a bare worker, on one processor, and hashing by two workers beside the same in one " +
    "thread; both take turns, and the lower quartiles are compared.",
  hosts: ["Deno", "Bun", "Node"],
  rounds: 30,
  rows: [
    ...Object.keys(PAYLOADS).map((name) => ({
      name,
      title: `round trip, ${name}`,
      show: (taken: number) => FORMATS.µs(taken * 1_000),
      judged: "ratio" as const,
    })),
    { name: "hashing", title: "hashing by two workers", show: FORMATS.ms, judged: "times" },
  ],
  commands({ command }) {
    // Which processor a thread wakes up on makes more of a difference than anything else, so round trips are made on one.
    const onOne = works("taskset", "-c", "0", "true") ? ["taskset", "-c", "0"] : [];
    return [[...onOne, ...command, ...measure("trips")], [...command, ...measure("hashing")]];
  },
});
