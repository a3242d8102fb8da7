/**
 * Callbacks and timers.
 */
import { nothing, type Row } from "./row.ts";

const CALLBACKS = 100_000;
const TIMERS = 20_000;

const callSoon: Row = {
  id: "call-soon",
  title: "callSoon and run, 100,000 at once",
  operations: CALLBACKS,
  baseline: "queueMicrotask",
  native: () => () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (let i = 1; i < CALLBACKS; i++) queueMicrotask(nothing);
    queueMicrotask(resolve);
    return promise;
  },
  module: "loop.callSoon",
  own: ({ getRunningLoop, sleep }) =>
    function* () {
      const loop = getRunningLoop();
      for (let i = 0; i < CALLBACKS; i++) loop.callSoon(nothing);
      yield* sleep(0);
    },
};

const callLater: Row = {
  id: "call-later",
  title: "callLater and cancel, 1,000 pending",
  operations: TIMERS,
  baseline: "setTimeout and clearTimeout",
  native: () => () => {
    const pending = Array.from({ length: 1_000 }, (_, i) => setTimeout(nothing, 60_000 + i));
    for (let i = 0; i < TIMERS; i++) clearTimeout(setTimeout(nothing, 30_000));
    for (const timer of pending) clearTimeout(timer);
  },
  module: "loop.callLater and cancel",
  own: ({ getRunningLoop }) =>
    // deno-lint-ignore require-yield
    function* () {
      const loop = getRunningLoop();
      for (let i = 0; i < 1_000; i++) loop.callLater(60_000 + i, nothing);
      for (let i = 0; i < TIMERS; i++) loop.callLater(30_000, nothing).cancel();
    },
};

/** What the loop calls, soon and later. */
export const callbacks: readonly Row[] = [callSoon, callLater];
