/**
 * What a pool and its workers tell each other. Short arrays, since every name in an object would be copied with each message.
 *
 * @module
 */
import type { Thrown } from "./thrown.ts";

/** Calls a function: by its number, which stands for module and name once they were told. */
export const CALL = 0;
/** Cancels the call that runs. */
export const CANCEL = 1;
/** The result of an exposed function. */
export const ANSWER = 2;
/** What an exposed function threw. */
export const ANSWER_THROWN = 3;

/** What a pool tells a worker. */
export type ToWorker =
  | readonly [kind: typeof CALL, id: number, fn: number, args: readonly unknown[], module?: string, name?: string]
  | readonly [kind: typeof CANCEL, id: number, message: string | undefined]
  | readonly [kind: typeof ANSWER, id: number, value: unknown]
  | readonly [kind: typeof ANSWER_THROWN, id: number, thrown: Thrown];

/** The result of a call. */
export const RESULT = 0;
/** What a call threw. */
export const THROWN = 1;
/** Calls an exposed function. */
export const INVOKE = 2;
/** Cancels the call of an exposed function. */
export const REVOKE = 3;
/** An error that nobody caught. */
export const UNCAUGHT = 4;

/** What a worker tells its pool. */
export type ToPool =
  | readonly [kind: typeof RESULT, id: number, value: unknown]
  | readonly [kind: typeof THROWN, id: number, thrown: Thrown]
  | readonly [kind: typeof INVOKE, id: number, name: string, args: readonly unknown[]]
  | readonly [kind: typeof REVOKE, id: number, message: string | undefined]
  | readonly [kind: typeof UNCAUGHT, thrown: Thrown];
