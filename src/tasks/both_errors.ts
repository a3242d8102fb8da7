/**
 * Two errors where only one can be thrown.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { fromPromise } from "../core/from_promise.ts";
import { isCoroutine, isFuture } from "../core/kinds.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine } from "../core/suspend.ts";

/**
 * The error to throw when cleaning up after one error failed with another: a SuppressedError of both, as the language
 * makes for `using`. A cancel stays a cancel, or whoever asked for it would not know it again: it gets the earlier
 * error as its cause.
 */
export function bothErrors(later: unknown, earlier: unknown, what: string): unknown {
  if (later === earlier) return later;
  if (!isCancelled(later)) return new SuppressedError(later, earlier, `${what} failed, after an earlier error`);
  later.cause ??= earlier;
  return later;
}

/** Awaits what a method for cleaning up gave: a promise, something of this module, or nothing. */
export function* settled(result: unknown): Coroutine<void> {
  if (isCoroutine(result) || isFuture(result)) yield* result as Coroutine<unknown>;
  else if (isThenable(result)) yield* fromPromise(result);
}

/** Lets a cleanup go on that nobody can wait for; if it fails, the loop's exception handler hears of it. */
export function abandon(cleanup: () => unknown, what: string): void {
  const loop = runningLoop();
  const report = (exception: unknown) => loop?.callExceptionHandler({ message: `${what} failed`, exception });
  try {
    const result = cleanup();
    if (isCoroutine(result)) loop?.createTask(result);
    else if (isThenable(result)) result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
