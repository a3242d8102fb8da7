/**
 * What an async function was given, and could not take.
 *
 * @module
 */
import { RESOLVED } from "../core/future.ts";
import { lazyThen } from "../core/lazy.ts";
import { runningLoop } from "../core/running.ts";
import type { LazyAwaitable } from "../core/suspend.ts";

/**
 * The `then` of an awaitable whose value must not get lost. An `await` is a task of its own, and a cancel may reach the
 * function that awaits between the end of that task and the function's turn. The function then sees a CancelledError,
 * as it must, and what the task was given goes back to where it came from.
 */
export function thenOrGiveBack<T, R1 = T, R2 = never>(
  lazy: LazyAwaitable<T>,
  giveBack: (value: T) => void,
  onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
  onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
): Promise<R1 | R2> {
  const loop = runningLoop();
  if (loop === null) return lazyThen(lazy, onFulfilled, onRejected);
  const task = loop.createTask(lazy);
  return task.then(onFulfilled, (error: unknown): R2 | PromiseLike<R2> => {
    if (task._state === RESOLVED) giveBack(task._value as T);
    if (typeof onRejected !== "function") throw error;
    return onRejected(error);
  });
}
