/**
 * What is counted of a loop while a live page is open.
 *
 * @module
 */

/** What is counted. */
export interface Counted {
  steps: number;
  callbacks: number;
  iterations: number;
  received: number;
  sent: number;
  readonly requests: Record<string, number>;
}

/** What was recorded since it was taken before. */
export interface Recorded {
  /** So many steps are left out. */
  readonly omitted: number;
  /** The longest wait of a timer, or the longest step or callback, in milliseconds. */
  readonly lag: number;
}
