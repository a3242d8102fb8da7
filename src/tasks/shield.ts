/**
 * Protecting work from the cancellation of the task that waits for it.
 *
 * @module
 */
import type { Future } from "../core/future.ts";
import { errorOf, failWith, hasResult, loopOf } from "../core/internal.ts";
import { ensureFuture, type Waitable } from "./ensure_future.ts";

/**
 * Protects an awaitable from being cancelled: if the task that awaits the returned future is cancelled, the work goes on. A task is made of
 * everything but a future. Keep a reference to the task itself to know how it ended.
 *
 * @returns a future with the same outcome, or the given one if it is done
 * @throws {TypeError} if it cannot be awaited
 * @throws {RuntimeError} if a task must be made and there is no current loop
 *
 * @example A write that must not stop half-way
 * ```ts
 * import { createTask, run, shield, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const write = createTask(sleep(2, "written"));
 *   const waiting = createTask(function* () {
 *     return yield* shield(write);
 *   });
 *   yield* sleep(0);
 *   waiting.cancel();
 *   assertEquals(yield* write, "written");
 * });
 * ```
 *
 * @category Waiting
 */
export function shield<T>(waitable: Waitable<T>): Future<T> {
  const inner = ensureFuture<T>(waitable);
  if (inner.done()) return inner;
  const outer = loopOf(inner).createFuture<T>();
  const copy = () => {
    // Nobody waits any more. The inner future reports an error that is never read.
    if (outer.cancelled()) return;
    if (inner.cancelled()) outer.cancel();
    else if (hasResult(inner)) outer.setResult(inner.result());
    else failWith(outer, errorOf(inner));
  };
  inner.addDoneCallback(copy);
  outer.addDoneCallback(() => {
    if (!inner.done()) inner.removeDoneCallback(copy);
  });
  return outer;
}
