/**
 * Futures that follow promises.
 *
 * @module
 */
import { CancelledError } from "../core/cancelled_error.ts";
import { Future } from "../core/future.ts";
import { failWith, storedIn } from "../core/internal.ts";
import { isCoroutine, isFuture, isThenable } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import { getEventLoop } from "../core/running.ts";
import type { EnsureFutureOptions } from "./ensure_future.ts";
import type { ConcurrentFuture } from "./threadsafe.ts";

/** Whether a value is a ConcurrentFuture; without the class, which a program that has none does not load. */
export function isConcurrentFuture(value: unknown): value is ConcurrentFuture<unknown> {
  return (value as { readonly [Symbol.toStringTag]?: unknown } | null)?.[Symbol.toStringTag] === "ConcurrentFuture";
}

/**
 * Wraps a promise or a {@linkcode ConcurrentFuture} in a Future of the loop; a Future is returned as it is. Cancelling the future cancels what
 * it wraps, if that can be cancelled.
 *
 * @throws {TypeError} if it is not a promise
 * @throws {RuntimeError} if there is no current loop
 *
 * @example A promise as a future
 * ```ts
 * import { run, wrapFuture } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   assertEquals(yield* wrapFuture(Promise.resolve(3)), 3);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export function wrapFuture<T>(source: PromiseLike<T>, options: EnsureFutureOptions = {}): Future<T> {
  if (isFuture(source)) return source as unknown as Future<T>;
  if (!isThenable(source) || isCoroutine(source)) {
    throw new TypeError(
      `Cannot wrap ${describeKind(source)} in a Future: it must be a promise. For a coroutine, createTask() makes one.`,
    );
  }
  const loop = options.loop ?? getEventLoop();
  const future = new Future<T>(loop);
  future.addDoneCallback(() => {
    if (!future.cancelled()) return;
    const { cancel } = source as { cancel?: (message?: string) => unknown };
    if (isConcurrentFuture(source)) source.cancel(storedIn(future) as string | undefined);
    else if (typeof cancel === "function") cancel.call(source);
  });
  source.then(
    (value) => {
      if (!future.done() && !loop.isClosed()) future.setResult(value);
    },
    (error) => {
      if (future.done() || loop.isClosed()) return;
      if (error instanceof CancelledError) future.cancel(error.message || undefined);
      else failWith(future, error);
    },
  );
  return future;
}
