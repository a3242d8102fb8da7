/**
 * What the tests of waiting share: coroutines that take some iterations, and what an await throws.
 *
 * @module
 */

import { type Awaitable, type Coroutine, sleep } from "../../mod.ts";

/** Takes some iterations. */
export function* ticks(count: number): Coroutine<void> {
  for (let tick = 0; tick < count; tick++) yield* sleep(0);
}

/** Takes some iterations, then gives a value. */
export function* after<T>(count: number, value: T): Coroutine<T> {
  yield* ticks(count);
  return value;
}

/** Takes some iterations, then throws. */
export function* failAfter(count: number, error: unknown): Coroutine<never> {
  yield* ticks(count);
  throw error;
}

/** What awaiting something throws; an error if it throws nothing. */
export function* caught(awaitable: Awaitable<unknown> | Coroutine<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** What awaiting something gives, or throws. */
export function* either(awaitable: Awaitable<unknown> | Coroutine<unknown>): Coroutine<unknown> {
  try {
    return yield* awaitable;
  } catch (error) {
    return error;
  }
}

/** Throws; for where an expression is wanted. */
export function raise(error: unknown): never {
  throw error;
}
