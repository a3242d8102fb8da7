/**
 * Queues, locks and semaphores.
 */
import { AT_ONCE, ITEMS, JOBS, LOCKED } from "./counts.ts";
import { OnePlace, PromiseLock, PromiseQueue } from "./promises.ts";
import type { Row } from "./row.ts";

// Two queues and two tasks that hand an item to and fro: each item is put, wakes the other task, and is got.
const queue: Row = {
  id: "queue",
  title: "queue, one item put and got by another task",
  operations: ITEMS,
  baseline: "two async functions and a queue of promises",
  native: () => async () => {
    const there = new PromiseQueue<number>();
    const back = new PromiseQueue<number>();
    const other = async () => {
      for (let i = 0; i < ITEMS / 2; i++) back.put(await there.get());
    };
    const done = other();
    for (let i = 0; i < ITEMS / 2; i++) {
      there.put(i);
      await back.get();
    }
    await done;
  },
  module: "two tasks and Queue",
  own: ({ createTask, Queue }) =>
    function* () {
      const there = new Queue<number>();
      const back = new Queue<number>();
      const other = createTask(function* () {
        for (let i = 0; i < ITEMS / 2; i++) yield* back.put(yield* there.get());
      });
      for (let i = 0; i < ITEMS / 2; i++) {
        yield* there.put(i);
        yield* back.get();
      }
      yield* other;
    },
};

// Putting and getting both have to wait: twice as many switches an item.
const fullQueue: Row = {
  id: "full-queue",
  title: "queue of one place, both sides wait for each item",
  operations: ITEMS,
  baseline: "two async functions and one place",
  native: () => async () => {
    const items = new OnePlace<number>();
    const other = async () => {
      for (let i = 0; i < ITEMS; i++) await items.get();
    };
    const done = other();
    for (let i = 0; i < ITEMS; i++) await items.put(i);
    await done;
  },
  module: "two tasks and Queue(1)",
  own: ({ createTask, Queue }) =>
    function* () {
      const items = new Queue<number>(1);
      const getter = createTask(function* () {
        for (let i = 0; i < ITEMS; i++) yield* items.get();
      });
      for (let i = 0; i < ITEMS; i++) yield* items.put(i);
      yield* getter;
    },
};

const lock: Row = {
  id: "lock",
  title: "free lock, acquire and release",
  operations: LOCKED,
  baseline: "a lock of promises",
  native: () => async () => {
    const lock = new PromiseLock();
    for (let i = 0; i < LOCKED; i++) {
      await lock.acquire();
      lock.release();
    }
  },
  module: "Lock",
  own: ({ Lock }) =>
    function* () {
      const lock = new Lock();
      for (let i = 0; i < LOCKED; i++) {
        yield* lock.acquire();
        lock.release();
      }
    },
};

/** Jobs that give way once, so many at a time. */
export const jobs: Row = {
  id: "jobs",
  title: "2,000 jobs that give way once, 8 at a time, each",
  operations: JOBS,
  baseline: "8 async functions that take jobs",
  native: () => async () => {
    let left = JOBS;
    const job = async () => {
      await null;
    };
    const worker = async () => {
      while (left-- > 0) await job();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  },
  module: "tasks and Semaphore(8)",
  own: ({ createTask, Semaphore, sleep }) =>
    function* () {
      const places = new Semaphore(AT_ONCE);
      const all = Array.from({ length: JOBS }, () =>
        createTask(function* () {
          yield* places.acquire();
          yield* sleep(0);
          places.release();
        }));
      for (const task of all) yield* task;
    },
};

/** What tasks wait for at one another. */
export const waiting: readonly Row[] = [queue, fullQueue, lock];
