/**
 * What a pool and its workers tell each other.
 *
 * A worker makes one call at a time, so that neither a call nor its result needs a number. Messages are short and flat, since a runtime takes
 * longer to copy whatever is nested or has names: a call is the function's number and the arguments, the only argument of the same
 * function again, and a result, travel as they are unless they are arrays, which could be taken for messages, or undefined, which does not travel alone.
 *
 * @module
 */
import type { Thrown } from "./thrown.ts";

/** Says what function a number stands for; no number of a function is negative. */
export const FUNCTION = -1;
/** Cancels the call that runs; nothing if it has ended meanwhile. */
export const CANCEL = -2;
/** The result of an exposed function. */
export const ANSWER = -3;
/** What an exposed function threw. */
export const ANSWER_THROWN = -4;

/** What a pool tells a worker beside calls. */
export type Order =
  | readonly [kind: typeof FUNCTION, number: number, module: string, name: string]
  | readonly [kind: typeof CANCEL, message: string | undefined]
  | readonly [kind: typeof ANSWER, id: number, value: unknown]
  | readonly [kind: typeof ANSWER_THROWN, id: number, thrown: Thrown];

/** A call of a function by its number. */
export type Call = readonly [fn: number, ...args: unknown[]];

/** The result of a call, if it is an array. */
export const RESULT = 0;
/** What a call threw. */
export const THROWN = 1;
/** Calls an exposed function. */
export const INVOKE = 2;
/** Cancels the call of an exposed function. */
export const REVOKE = 3;
/** An error that nobody caught. */
export const UNCAUGHT = 4;
/** The worker has loaded. Comes before everything else. */
export const READY = 5;

/** What a worker tells its pool beside a result that is no array. */
export type Report =
  | readonly [kind: typeof RESULT, value: unknown]
  | readonly [kind: typeof THROWN, thrown: Thrown]
  | readonly [kind: typeof INVOKE, id: number, name: string, args: readonly unknown[]]
  | readonly [kind: typeof REVOKE, id: number, message: string | undefined]
  | readonly [kind: typeof UNCAUGHT, thrown: Thrown]
  | readonly [kind: typeof READY];
