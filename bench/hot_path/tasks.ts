/**
 * Making tasks, awaiting them and ending them.
 *
 * @module
 */
import type { Future } from "../../mod.ts";
import { nothing, type Row } from "./row.ts";

const TASKS = 20_000;
const PARKED = 1_000;

// deno-lint-ignore require-yield
function* coroutineOne() {
  return 1;
}
// deno-lint-ignore require-await
const asyncOne = async () => 1;

const asyncAlone = {
  name: "async function, no task",
  make: () => async () => {
    for (let i = 0; i < TASKS; i++) await asyncOne();
  },
};

const create: Row = {
  id: "create",
  title: "create a task and await it",
  operations: TASKS,
  baseline: asyncAlone,
  module: {
    name: "task of a coroutine",
    make: ({ createTask, run }) => () =>
      run(function* () {
        for (let i = 0; i < TASKS; i++) yield* createTask(coroutineOne());
      }),
  },
};

const createAsync: Row = {
  id: "async-task",
  title: "async function as a task, create and await",
  operations: TASKS,
  baseline: asyncAlone,
  module: {
    name: "task of an async function",
    make: ({ createTask, run }) => () =>
      run(function* () {
        for (let i = 0; i < TASKS; i++) yield* createTask(asyncOne);
      }),
  },
};

const cancel: Row = {
  id: "cancel",
  title: "cancel a parked task, its finally run",
  operations: PARKED,
  baseline: {
    name: "reject what an async function awaits",
    make: () => async (timer) => {
      let ended = 0;
      const parked = Array.from({ length: PARKED }, () => Promise.withResolvers<void>());
      const all = parked.map(async ({ promise }) => {
        try {
          await promise;
        } finally {
          ended++;
        }
      });
      for (const promise of all) promise.catch(nothing);
      timer.start();
      for (const { reject } of parked) reject(new Error("cancelled"));
      while (ended < PARKED) await null;
      timer.end();
    },
  },
  module: {
    name: "task.cancel()",
    make: ({ createTask, getRunningLoop, run, sleep }) => (timer) =>
      run(function* () {
        let ended = 0;
        const loop = getRunningLoop();
        const all = Array.from({ length: PARKED }, () =>
          createTask(function* () {
            try {
              yield* loop.createFuture<void>();
            } finally {
              ended++;
            }
          }));
        yield* sleep(0);
        timer.start();
        for (const task of all) task.cancel();
        while (ended < PARKED) yield* sleep(0);
        timer.end();
      }),
  },
};

const beside: Row = {
  id: "beside-spinning",
  title: "an async function as a task beside a spinning coroutine",
  operations: 200,
  baseline: {
    name: "async function beside one that spins",
    make: () => async () => {
      let spinning = true;
      const spin = async () => {
        while (spinning) await null;
      };
      const spun = spin();
      for (let i = 0; i < 200; i++) await asyncOne();
      spinning = false;
      await spun;
    },
  },
  module: {
    name: "task of an async function",
    make: ({ createTask, run, sleep }) => () =>
      run(function* () {
        const spinning = createTask(function* () {
          for (;;) yield* sleep(0);
        });
        for (let i = 0; i < 200; i++) yield* createTask(asyncOne);
        spinning.cancel();
      }),
  },
};

const sideBySide: Row = {
  id: "side-by-side",
  title: "tasks of async functions and of coroutines side by side",
  operations: 2_000,
  baseline: {
    name: "1,000 promises and 1,000 async functions",
    make: () => async () => {
      const all: Promise<number>[] = [];
      for (let i = 0; i < 1_000; i++) all.push(Promise.resolve(1), asyncOne());
      await Promise.all(all);
    },
  },
  module: {
    name: "1,000 tasks of each kind",
    make: ({ createTask, run }) => () =>
      run(function* () {
        const all: Future<number>[] = [];
        for (let i = 0; i < 1_000; i++) all.push(createTask(coroutineOne()), createTask(asyncOne));
        for (const task of all) yield* task;
      }),
  },
};

const gatherHundred: Row = {
  id: "gather",
  title: "gather of 100",
  operations: 100,
  baseline: {
    name: "Promise.all",
    make: () => async () => {
      for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, asyncOne));
    },
  },
  module: {
    name: "gather",
    make: ({ gather, run }) => () =>
      run(function* () {
        for (let i = 0; i < 100; i++) yield* gather(Array.from({ length: 100 }, coroutineOne));
      }),
  },
};

/** Tasks from their first step to their last. */
export const tasks: readonly Row[] = [create, createAsync, cancel, gatherHundred, sideBySide, beside];
