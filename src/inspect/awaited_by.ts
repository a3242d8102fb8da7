/**
 * Edges of the call graph that a program states by itself.
 *
 * @module
 */
import { type Future, isFuture } from "../core/future.ts";

/** Who was said to wait for a future. */
const stated = new WeakMap<Future<unknown>, Set<Future<unknown>>>();

/**
 * States that one future waits for another, for the call graph: for code that waits by callbacks of its own, as a primitive of one's own does.
 * What awaits a future with `yield*` or `await`, or by a function of this module, is known anyway. Does nothing unless both are futures.
 *
 * @param future what is waited for
 * @param waiter who waits: a task, or a future that stands for something that waits
 *
 * @example A wait by a callback
 * ```ts
 * import { createTask, currentTask, getRunningLoop, run, sleep } from "@loop/asyncio";
 * import { captureCallGraph, futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const work = createTask(sleep(1));
 *   const done = getRunningLoop().createFuture<void>();
 *   work.addDoneCallback(() => done.setResult());
 *   futureAddToAwaitedBy(work, currentTask()!);
 *   assertEquals(captureCallGraph(work)?.awaitedBy[0]?.future, currentTask());
 *   yield* done;
 *   futureDiscardFromAwaitedBy(work, currentTask()!);
 * });
 * ```
 *
 * @category Inspection
 */
export function futureAddToAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  if (!isFuture(future) || !isFuture(waiter)) return;
  const waiters = stated.get(future);
  if (waiters === undefined) stated.set(future, new Set([waiter]));
  else waiters.add(waiter);
}

/**
 * Takes back what {@linkcode futureAddToAwaitedBy} stated. Does nothing if that was not stated.
 *
 * @param future what is waited for no more
 * @param waiter who has waited
 *
 * @example Once the wait is over
 * ```ts
 * import { newEventLoop } from "@loop/asyncio";
 * import { captureCallGraph, futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * using loop = newEventLoop();
 * const [inner, outer] = [loop.createFuture(), loop.createFuture()];
 * futureAddToAwaitedBy(inner, outer);
 * futureDiscardFromAwaitedBy(inner, outer);
 * assertEquals(captureCallGraph(inner)?.awaitedBy, []);
 * ```
 *
 * @category Inspection
 */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  if (!isFuture(future) || !isFuture(waiter)) return;
  stated.get(future)?.delete(waiter);
}

/** Who was said to wait for a future, and is not done. */
export function statedAwaiters(future: Future<unknown>): Future<unknown>[] {
  const waiters = stated.get(future);
  return waiters === undefined ? [] : [...waiters].filter((waiter) => !waiter.done());
}
