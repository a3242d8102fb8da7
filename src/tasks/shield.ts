/**
 * Protecting work from the cancellation of whoever waits for it.
 *
 * @module
 */
import type { Future } from "../core/future.ts";
import { errorOf, failWith, hasResult, loopOf } from "../core/internal.ts";
import { ensureFuture, type Waitable } from "./ensure_future.ts";

/**
 * A future that follows another without passing a cancel on: whoever waits is interrupted, the work goes on. Everything but a future
 * becomes a task, functions as well. Keep the task itself if you want to know how it ended.
 *
 * @returns a future with the same outcome; the one that was given, if that is done
 * @throws {TypeError} if it is nothing to wait for
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
 */
export function shield<T>(waitable: Waitable<T>): Future<T> {
  const inner = ensureFuture<T>(waitable);
  if (inner.done()) return inner;
  const outer = loopOf(inner).createFuture<T>();
  const copy = () => {
    // Nobody listens any more; an error that is never read is reported by the inner future itself.
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
