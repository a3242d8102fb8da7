/**
 * The clock that looks for slow steps.
 *
 * @module
 */
import { now, tick } from "../adapters/shared/timers.ts";
import type { TimedLoop } from "../core/current.ts";

/** Milliseconds from which on one more or less is of no account. */
const ROUGH = 20;

/** The last reading of the cheap clock, and the time that it was then. */
let lastTick = NaN;
let lastTime = 0;

/**
 * The time of a loop: what it was when it was first asked for in this millisecond, since that takes less than to look at the time. So a step of more than a
 * millisecond never looks shorter than it was. Nobody is told what the cheap clock says: wherever it is set to, the time is looked up anew. With
 * an observer, which wants exact times, and on a loop with a clock of its own each call reads the clock.
 */
export function stepTime({ _adapter: adapter, _observer: observer, slowCallbackDuration }: TimedLoop): number {
  if (adapter.now !== now || observer !== null || slowCallbackDuration < ROUGH) return adapter.now();
  const ticked = tick();
  if (ticked === lastTick) return lastTime;
  lastTick = ticked;
  return lastTime = now();
}
