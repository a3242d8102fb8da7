/**
 * Periodic work without drift: each turn is due at a multiple of the interval, however long the last one took. A turn that would be late by a
 * whole interval is left out, so that work which takes too long does not pile up.
 *
 * @module
 */
import { type Coroutine, getRunningLoop, run, sleep, timeout, TimeoutError } from "@loop/asyncio";

/** Calls `work` every so many milliseconds, with the number of the turn. Ends when it is cancelled, or when the work fails. */
export function* every(interval: number, work: (turn: number) => Coroutine<void>): Coroutine<never> {
  const loop = getRunningLoop();
  const start = loop.time();
  for (let turn = 1;; turn++) {
    const due = start + turn * interval;
    yield* sleep(due - loop.time());
    yield* work(turn);
    // The next turn is the first one that is still to come.
    turn = Math.max(turn, Math.floor((loop.time() - start) / interval));
  }
}

export function* demo(): Coroutine<void> {
  const loop = getRunningLoop();
  const start = loop.time();
  try {
    yield* timeout(650, () =>
      every(100, function* (turn): Coroutine<void> {
        console.log(`turn ${turn} after ${Math.floor((loop.time() - start) / 10) * 10} ms`);
        yield* sleep(turn === 2 ? 230 : 30);
      }));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
}

if (import.meta.main) await run(demo);
