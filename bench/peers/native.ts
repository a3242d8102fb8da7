/**
 * Promises and async functions, with the least that one would write by hand for what they lack.
 *
 * @module
 */
import { nothing } from "../hot_path/row.ts";
import { PromiseLock, PromiseQueue } from "../hot_path/promises.ts";
import { AT_ONCE, CANCELLED, CREATED, HANDED, JOBS, LOCKED, type Peer, SWITCHING, TURNS } from "./shapes.ts";

// deno-lint-ignore require-await
const one = async () => 1;

/** What they do. */
export const peer: Peer = {
  programs: {
    switch: () =>
      Promise.all(Array.from({ length: SWITCHING }, async () => {
        for (let i = 0; i < TURNS; i++) await null;
      })),

    "hand-off": async () => {
      let there = Promise.withResolvers<void>();
      let back = Promise.withResolvers<void>();
      const other = async () => {
        for (let i = 0; i < HANDED / 2; i++) {
          await there.promise;
          there = Promise.withResolvers<void>();
          back.resolve();
        }
      };
      const done = other();
      for (let i = 0; i < HANDED / 2; i++) {
        there.resolve();
        await back.promise;
        back = Promise.withResolvers<void>();
      }
      await done;
    },

    create: async () => {
      for (let i = 0; i < CREATED; i++) await one();
    },

    queue: async () => {
      const there = new PromiseQueue<number>();
      const back = new PromiseQueue<number>();
      const other = async () => {
        for (let i = 0; i < HANDED / 2; i++) back.put(await there.get());
      };
      const done = other();
      for (let i = 0; i < HANDED / 2; i++) {
        there.put(i);
        await back.get();
      }
      await done;
    },

    lock: async () => {
      const lock = new PromiseLock();
      for (let i = 0; i < LOCKED; i++) {
        await lock.acquire();
        lock.release();
      }
    },

    // Each with a signal of its own, which is how promises are cancelled.
    cancel: async (timer) => {
      let ended = 0;
      const controllers: AbortController[] = [];
      for (let i = 0; i < CANCELLED; i++) {
        const controller = new AbortController();
        const { signal } = controller;
        const task = async () => {
          try {
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          } finally {
            ended++;
          }
        };
        task().catch(nothing);
        controllers.push(controller);
      }
      timer.start();
      for (const controller of controllers) controller.abort();
      while (ended < CANCELLED) await null;
      timer.end();
    },

    jobs: async () => {
      let left = JOBS;
      const job = async () => {
        await null;
      };
      const worker = async () => {
        while (left-- > 0) await job();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
  },

  asleep: async (count) => {
    let left = count;
    const timers: ReturnType<typeof setTimeout>[] = [];
    const wake: (() => void)[] = [];
    const task = async () => {
      await new Promise<void>((resolve) => {
        wake.push(resolve);
        timers.push(setTimeout(resolve, 3_600_000));
      });
      left--;
    };
    for (let i = 0; i < count; i++) task();
    await null;
    return async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const resolve of wake) resolve();
      timers.length = wake.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 0));
      return left;
    };
  },
};
