/**
 * Measures one thing of `./testing`: `measure.ts WHAT COUNT` does it about so often and prints milliseconds: for `hour` of so many tasks that each
 * sleep a second 3,600 times, for the others of so many runs of a program of 20 tasks.
 */
import { argv } from "node:process";
import { createTask, sleep } from "../../mod.ts";
import { explore, runVirtual } from "../../src/testing/mod.ts";

const [what, countText] = argv.slice(2) as [string, string];
const count = Number(countText);
/** The tasks of an explored program, with main. */
const TASKS = 20;

const measured: Record<string, () => Promise<unknown>> = {
  hour: () =>
    runVirtual(function* () {
      const sleepers = Array.from({ length: count }, () =>
        createTask(function* () {
          for (let second = 0; second < 3_600; second++) yield* sleep(1_000);
        }));
      for (const sleeper of sleepers) yield* sleeper;
    }),
  coroutines: () =>
    explore(function* () {
      const tasks = Array.from({ length: TASKS - 1 }, () =>
        createTask(function* () {
          for (let step = 0; step < 3; step++) yield* sleep(step);
        }));
      for (const task of tasks) yield* task;
    }, { seeds: count }),
  "async functions": () =>
    explore(async () => {
      const tasks = Array.from({ length: TASKS - 1 }, () =>
        createTask(async () => {
          for (let step = 0; step < 3; step++) await sleep(step);
        }));
      for (const task of tasks) await task;
    }, { seeds: count }),
};

const start = performance.now();
await measured[what]!();
console.log(performance.now() - start);
