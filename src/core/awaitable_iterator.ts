/**
 * Iteration that coroutines await without promises.
 *
 * @module
 */
import type { Coroutine, LazyAwaitable } from "./suspend.ts";

/**
 * Under this key an async iterable of the module tells how a coroutine gets its next item: a promise in between would
 * cost iterations, and a cancel could not reach what it stands for.
 */
export const NEXT_ITEM: unique symbol = Symbol("nextItem");

/** What has such a key. */
export interface AwaitableIterable<T> {
  [NEXT_ITEM](): Coroutine<IteratorResult<T, undefined>> | LazyAwaitable<IteratorResult<T, undefined>>;
}

/** Whether coroutines can iterate it without promises. */
export function isAwaitableIterable<T>(value: object): value is AwaitableIterable<T> {
  return NEXT_ITEM in value;
}
