/**
 * What is measured of threads.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { BesideBench } from "../beside.ts";
import { works } from "../net/processes.ts";
import { output } from "../runtimes.ts";
import { PAYLOADS } from "./payloads.ts";

const program = fileURLToPath(new URL("measure.ts", import.meta.url));

/** The round trip of `toThread()` beside a bare worker's, and hashing by two threads beside one, which needs two idle processors. */
export const executors: BesideBench = {
  title: "Threads",
  node: true,
  rounds: 30,
  rows: [
    ...Object.keys(PAYLOADS).map((name) => ({
      name,
      title: `round trip, ${name}`,
      show: (taken: number) => `${(taken * 1_000).toFixed(1)} µs`,
      goal: { most: 1.15 },
    })),
    {
      name: "hashing",
      title: "hashing by two workers",
      show: (taken) => `${taken.toFixed(0)} ms`,
      goal: { least: 1.8 },
    },
  ],
  async measure({ command }, rounds, smoke) {
    const args = [...command, program, `${rounds}`, smoke ? "smoke" : "full"];
    // Which processor a thread wakes up on makes more of a difference than anything else, so round trips are made on one.
    const onOne = works("taskset", ["-c", "0", "true"]) ? ["taskset", "-c", "0"] : [];
    return {
      ...JSON.parse(await output([...onOne, ...args, "trips"])),
      ...JSON.parse(await output([...args, "hashing"])),
    };
  },
};
