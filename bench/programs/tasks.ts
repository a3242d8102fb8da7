/**
 * Making tasks, awaiting them and ending them.
 */
import type { Future } from "../../mod.ts";
import { CREATED, PARKED } from "./counts.ts";
import { nothing, type Row } from "./row.ts";

// deno-lint-ignore require-yield
function* coroutineOne() {
  return 1;
}
// deno-lint-ignore require-await
const asyncOne = async () => 1;

const asyncAlone = {
  baseline: "async function, no task",
  native: () => async () => {
    for (let i = 0; i < CREATED; i++) await asyncOne();
  },
};

const create: Row = {
  id: "create",
  title: "create a task and await it",
  operations: CREATED,
  ...asyncAlone,
  module: "task of a coroutine",
  own: ({ createTask }) =>
    function* () {
      for (let i = 0; i < CREATED; i++) yield* createTask(coroutineOne());
    },
};

const createAsync: Row = {
  id: "async-task",
  title: "async function as a task, create and await",
  operations: CREATED,
  ...asyncAlone,
  module: "task of an async function",
  own: ({ createTask }) =>
    function* () {
      for (let i = 0; i < CREATED; i++) yield* createTask(asyncOne);
    },
};

const cancel: Row = {
  id: "cancel",
  title: "cancel a parked task, its finally run",
  operations: PARKED,
  baseline: "reject what an async function awaits",
  native: () => async (timer) => {
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
  module: "task.cancel()",
  own: ({ createTask, getRunningLoop, sleep }) =>
    function* (timer) {
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
    },
};

const beside: Row = {
  id: "beside-spinning",
  title: "an async function as a task beside a spinning coroutine",
  operations: 200,
  baseline: "async function beside one that spins",
  native: () => async () => {
    let spinning = true;
    const spin = async () => {
      while (spinning) await null;
    };
    const spun = spin();
    for (let i = 0; i < 200; i++) await asyncOne();
    spinning = false;
    await spun;
  },
  module: "task of an async function",
  own: ({ createTask, sleep }) =>
    function* () {
      const spinning = createTask(function* () {
        for (;;) yield* sleep(0);
      });
      for (let i = 0; i < 200; i++) yield* createTask(asyncOne);
      spinning.cancel();
    },
};

const sideBySide: Row = {
  id: "side-by-side",
  title: "tasks of async functions and of coroutines side by side",
  operations: 2_000,
  baseline: "1,000 promises and 1,000 async functions",
  native: () => async () => {
    const all: Promise<number>[] = [];
    for (let i = 0; i < 1_000; i++) all.push(Promise.resolve(1), asyncOne());
    await Promise.all(all);
  },
  module: "1,000 tasks of each kind",
  own: ({ createTask }) =>
    function* () {
      const all: Future<number>[] = [];
      for (let i = 0; i < 1_000; i++) all.push(createTask(coroutineOne()), createTask(asyncOne));
      for (const task of all) yield* task;
    },
};

const gatherHundred: Row = {
  id: "gather",
  title: "gather of 100",
  operations: 100,
  baseline: "Promise.all",
  native: () => async () => {
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 100 }, asyncOne));
  },
  module: "gather",
  own: ({ gather }) =>
    function* () {
      for (let i = 0; i < 100; i++) yield* gather(Array.from({ length: 100 }, coroutineOne));
    },
};

/** Tasks from their first step to their last. */
export const tasks: readonly Row[] = [create, createAsync, cancel, gatherHundred, sideBySide, beside];
