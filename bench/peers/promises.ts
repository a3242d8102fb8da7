/**
 * Promises and async functions: the baselines of the hot path, and sleeping async functions.
 */
import { PARKED } from "../programs/counts.ts";
import { type Asyncio, nothing } from "../programs/row.ts";
import { sharedRows } from "../programs/rows.ts";
import type { Peer } from "./peer.ts";

// No baseline uses the module, and loading it would count as memory of promises.
const none = {} as Asyncio;

/** What they do. */
export const peer: Peer = {
  programs: {
    ...Object.fromEntries(sharedRows.map(({ id, native }) => [id, native(none)])),

    // Each with a signal of its own, which is how others than the author of a promise cancel it.
    cancel: async (timer) => {
      let ended = 0;
      const controllers: AbortController[] = [];
      for (let i = 0; i < PARKED; i++) {
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
      while (ended < PARKED) await null;
      timer.end();
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
