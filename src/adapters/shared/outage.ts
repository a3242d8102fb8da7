/**
 * What fails again and again is reported once.
 *
 * @module
 */

import { now } from "./timers.ts";

/** Milliseconds without a failure after which the next one is reported again. */
const QUIET_TIME = 10_000;

/** A time in which something fails again and again. */
export class Outage {
  #last = -Infinity;

  /** Notes a failure; returns whether it is the first one of an outage, and to be reported. */
  failed(): boolean {
    const time = now();
    const isFirst = time - this.#last > QUIET_TIME;
    this.#last = time;
    return isFirst;
  }
}
