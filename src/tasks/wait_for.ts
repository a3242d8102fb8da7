/**
 * Waiting with a deadline.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { coroutine, type TaskSource, toCoroutine } from "../core/coroutine.ts";
import { TimeoutError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Future } from "../core/future.ts";
import { loopOf } from "../core/internal.ts";
import { isCoroutine, isFuture, isThenable } from "../core/kinds.ts";
import { checkTimeOrNull } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import type { Awaitable, Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { ensureFuture, type Waitable } from "./ensure_future.ts";
import { timeout as withTimeout } from "./timeout.ts";

/** Runs a coroutine in place, awaits a future, and wraps a promise. */
function asAwaitable<T>(waitable: Waitable<T>): Coroutine<T> | Awaitable<T> {
  if (isFuture(waitable) || isCoroutine(waitable)) return waitable as Coroutine<T> | Awaitable<T>;
  return fromPromise(waitable as PromiseLike<T>);
}

const waitInTime = coroutine(function* <T>(waitable: Waitable<T>, timeout: number | null): Coroutine<T> {
  if (timeout === null || timeout > 0) {
    return yield* withTimeout(timeout, function* () {
      return yield* asAwaitable(waitable);
    });
  }
  const future = ensureFuture<T>(waitable);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (cause) {
    if (!isCancelled(cause)) throw cause;
    throw new TimeoutError("There was no time to wait for it.", { cause });
  }
});

/** Cancels a future and waits until it is done, by a future of its own: a cancel of the task that waits is another one. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const waiter = loopOf(future).createFuture<void>();
  const release = () => {
    if (!waiter.done()) waiter.setResult();
  };
  future.addDoneCallback(release);
  try {
    future.cancel();
    yield* waiter;
  } finally {
    future.removeDoneCallback(release);
  }
}

/**
 * Milliseconds, where asyncio counts seconds. Waits for something for at most `timeout`, then cancels it and throws a
 * {@linkcode TimeoutError} once it has ended; null means no limit. A coroutine or a function runs in the current task. With zero or less it does not
 * wait: what is not done is cancelled.
 *
 * If what is cancelled throws another error, that error is thrown in place of the TimeoutError. To know whether the
 * deadline has passed, use `timeout` and its `scope.expired()`.
 *
 * @throws {TypeError} if it cannot be awaited, or the timeout is neither a number nor null
 * @throws {RangeError} if the timeout is NaN
 * @throws {TimeoutError} when awaited, if the time is over first
 *
 * @example Wait for a future, but not for long
 * ```ts
 * import { run, sleep, TimeoutError, waitFor } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * await run(function* () {
 *   try {
 *     yield* waitFor(sleep(1_000), 1);
 *   } catch (error) {
 *     assert(error instanceof TimeoutError);
 *   }
 * });
 * ```
 *
 * @category Waiting
 */
export function waitFor<T>(waitable: Waitable<T>, timeout: number | null): LazyAwaitable<T> {
  if (!isFuture(waitable) && !isCoroutine(waitable) && typeof waitable !== "function" && !isThenable(waitable)) {
    throw new TypeError(
      `Cannot wait for ${
        describeKind(waitable)
      }: it must be a coroutine, a future, a lazy awaitable, a promise, or a ` +
        "generator or async function.",
    );
  }
  checkTimeOrNull(timeout, "timeout", "waitFor");
  // An async function has the values of each AsyncLocalStorage as they are here.
  const source = typeof waitable === "function" ? toCoroutine(waitable as TaskSource<T>, "wait for") : waitable;
  return waitInTime(source as Waitable<unknown>, timeout) as LazyAwaitable<T>;
}
