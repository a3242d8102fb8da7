/**
 * The macrotask between two turns of the loop.
 *
 * `setTimeout(0)` costs one to two milliseconds of idleness, and a MessageChannel starves sockets on every host.
 * `setImmediate` does neither, but Deno needs help with it.
 *
 * @module
 */

import { setImmediate } from "./timers.ts";

/** As long as something is ready, Deno looks at its sockets in one of this many turns. */
const TURNS_BETWEEN_POLLS = 61;

/** How old, in milliseconds, the last certain look at the sockets may grow. A deep hop costs about 0.08 of one. */
const POLL_INTERVAL = 4;

let polledAt = -Infinity;

/** Notes that Deno has just looked at everything that it waits for: it told of something that it can only have seen there. */
export function noteLook(): void {
  polledAt = performance.now();
}

/** The hop of a host that looks at its sockets in every turn. */
export function plainHop(callback: () => void): void {
  setImmediate(callback);
}

/**
 * The hop for Deno. Most of the time it is a plain one. When sockets may have waited for a few milliseconds, it
 * goes through as many empty turns as make Deno look at them: with a millisecond of work in each turn they
 * would otherwise wait for sixty.
 */
export function denoHop(callback: () => void): void {
  if (performance.now() - polledAt < POLL_INTERVAL) {
    setImmediate(callback);
    return;
  }
  let turns = TURNS_BETWEEN_POLLS;
  const turn = (): void => {
    if (turns-- > 0) {
      setImmediate(turn);
      return;
    }
    polledAt = performance.now();
    callback();
  };
  setImmediate(turn);
}
