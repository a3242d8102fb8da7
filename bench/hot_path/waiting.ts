/**
 * Queues and locks.
 *
 * @module
 */
import { OnePlace, PromiseLock, PromiseQueue } from "./promises.ts";
import type { Row } from "./row.ts";

const ITEMS = 50_000;

// Two queues and two tasks that hand an item to and fro: each item is put, wakes the other task, and is got.
const queue: Row = {
  id: "queue",
  title: "queue, one item put and got by another task",
  operations: ITEMS,
  baseline: {
    name: "two async functions and a queue of promises",
    make: () => async () => {
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
  },
  module: {
    name: "two tasks and Queue",
    make: ({ createTask, Queue, run }) => () =>
      run(function* () {
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
      }),
  },
};

// Putting and getting both have to wait: twice as many switches an item.
const fullQueue: Row = {
  id: "full-queue",
  title: "queue of one place, both sides wait for each item",
  operations: ITEMS,
  baseline: {
    name: "two async functions and one place",
    make: () => async () => {
      const items = new OnePlace<number>();
      const other = async () => {
        for (let i = 0; i < ITEMS; i++) await items.get();
      };
      const done = other();
      for (let i = 0; i < ITEMS; i++) await items.put(i);
      await done;
    },
  },
  module: {
    name: "two tasks and Queue(1)",
    make: ({ createTask, Queue, run }) => () =>
      run(function* () {
        const items = new Queue<number>(1);
        const getter = createTask(function* () {
          for (let i = 0; i < ITEMS; i++) yield* items.get();
        });
        for (let i = 0; i < ITEMS; i++) yield* items.put(i);
        yield* getter;
      }),
  },
};

const lock: Row = {
  id: "lock",
  title: "free lock, acquire and release",
  operations: 100_000,
  baseline: {
    name: "a lock of promises",
    make: () => async () => {
      const lock = new PromiseLock();
      for (let i = 0; i < 100_000; i++) {
        await lock.acquire();
        lock.release();
      }
    },
  },
  module: {
    name: "Lock",
    make: ({ Lock, run }) => () =>
      run(function* () {
        const lock = new Lock();
        for (let i = 0; i < 100_000; i++) {
          yield* lock.acquire();
          lock.release();
        }
      }),
  },
};

/** What tasks wait for at one another. */
export const waiting: readonly Row[] = [queue, fullQueue, lock];
