/**
 * What an async function awaits of the module.
 */
import type { Row } from "./row.ts";

const AWAITS = 2_000;
const FUNCTIONS = 100;
const EACH = 20;
const WAITERS = 1_000;

const awaitAlone = {
  baseline: "await of a promise that is settled",
  native: () => async () => {
    for (let i = 0; i < AWAITS; i++) await null;
  },
};

const tick: Row = {
  id: "async-sleep0",
  title: "an async function awaits sleep(0)",
  operations: AWAITS,
  ...awaitAlone,
  module: "await sleep(0)",
  own: ({ sleep }) => async () => {
    for (let i = 0; i < AWAITS; i++) await sleep(0);
  },
};

const batch: Row = {
  id: "async-batch",
  title: "100 async functions in one batch, each awaits sleep(0)",
  operations: FUNCTIONS * EACH,
  baseline: "100 async functions, await of a settled promise",
  native: () => async () => {
    const one = async () => {
      for (let i = 0; i < EACH; i++) await null;
    };
    await Promise.all(Array.from({ length: FUNCTIONS }, one));
  },
  module: "await sleep(0)",
  own: ({ sleep, taskGroup }) =>
    function* () {
      const one = async () => {
        for (let i = 0; i < EACH; i++) await sleep(0);
      };
      yield* taskGroup(function* (group) {
        for (let i = 0; i < FUNCTIONS; i++) group.createTask(one);
        yield* sleep(0);
      });
    },
};

const freeLock: Row = {
  id: "async-lock",
  title: "an async function takes a free lock and releases it",
  operations: AWAITS,
  ...awaitAlone,
  module: "using _guard = await lock.acquire()",
  own: ({ Lock }) => async () => {
    const lock = new Lock();
    for (let i = 0; i < AWAITS; i++) {
      using _guard = await lock.acquire();
    }
  },
};

const queueItem: Row = {
  id: "async-queue",
  title: "an item goes through a queue between two async functions",
  operations: AWAITS,
  ...awaitAlone,
  module: "await queue.put() and queue.get()",
  own: ({ createTask, Queue }) => async () => {
    const queue = new Queue<number>(1);
    const producer = createTask(async () => {
      for (let i = 0; i < AWAITS; i++) await queue.put(i);
    });
    for (let i = 0; i < AWAITS; i++) await queue.get();
    await producer;
  },
};

const event: Row = {
  id: "async-event",
  title: "1,000 async functions wait for one event",
  operations: WAITERS,
  baseline: "1,000 async functions await one promise",
  native: () => async (timer) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = Array.from({ length: WAITERS }, async () => await promise);
    timer.start();
    resolve();
    await Promise.all(all);
    timer.end();
  },
  module: "await event.wait()",
  own: ({ createTask, Event, sleep }) => async (timer) => {
    const event = new Event();
    const all = Array.from({ length: WAITERS }, () =>
      createTask(async () => {
        await event.wait();
      }));
    await sleep(0);
    timer.start();
    event.set();
    for (const task of all) await task;
    timer.end();
  },
};

const deadline: Row = {
  id: "async-timeout",
  title: "an async function as the body of a deadline",
  operations: AWAITS,
  ...awaitAlone,
  module: "await timeout(1_000, async () => await sleep(0))",
  own: ({ sleep, timeout }) => async () => {
    for (let i = 0; i < AWAITS; i++) await timeout(60_000, async () => void await sleep(0));
  },
};

const hostWait: Row = {
  id: "async-host",
  title: "an async function awaits five settled promises beside a spinning coroutine",
  operations: 200,
  baseline: "alone",
  native: () => async () => {
    for (let i = 0; i < 200; i++) for (let hop = 0; hop < 5; hop++) await null;
  },
  module: "in a task, then sleep(0)",
  own: ({ createTask, sleep }) => async () => {
    const spinning = createTask(function* () {
      for (;;) yield* sleep(0);
    });
    for (let i = 0; i < 200; i++) {
      for (let hop = 0; hop < 5; hop++) await null;
      await sleep(0);
    }
    spinning.cancel();
  },
};

/** The rows. */
export const asyncFunctions: readonly Row[] = [tick, batch, freeLock, queueItem, event, deadline, hostWait];
