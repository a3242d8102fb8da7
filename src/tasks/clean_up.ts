/**
 * Cleaning up after a body, and what is thrown if that fails.
 *
 * @module
 */
import type { AsyncCode } from "../core/async_code.ts";
import { AnyRun } from "../core/async_run.ts";
import { canMark, type Frame } from "../core/async_storage.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError, isCancelled } from "../core/cancelled_error.ts";
import { isCoroutine, isFuture, isThenable } from "../core/kinds.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, Suspend } from "../core/suspend.ts";

/**
 * Returns the error to throw if the cleanup after one error fails with another: a SuppressedError of both, as for `using`.
 * A cancel stays a CancelledError, or its scope would not recognize it; the earlier error becomes its cause.
 */
export function bothErrors(later: unknown, earlier: unknown, what: string): unknown {
  if (later === earlier) return later;
  if (!isCancelled(later)) return new SuppressedError(later, earlier, `${what} failed, after an earlier error`);
  later.cause ??= earlier;
  return later;
}

/**
 * The call of a method for cleaning up. A cancel is passed to what it awaits of this module. If it waits for the host, a cancel cannot end
 * it: then the task goes on, and the cleanup ends later by itself.
 */
class CleanUp extends AnyRun {
  #loop: BaseEventLoop | null = null;

  override next(value?: unknown): IteratorResult<Suspend, unknown> {
    this.#loop ??= runningLoop();
    return super.next(value);
  }

  override mark(): AsyncCode<unknown> | undefined {
    return canMark() ? super.mark() : undefined;
  }

  override cancel(message?: string): boolean {
    if (this.task === null) return false;
    if (!super.cancel(message)) this.abandonWait(new CancelledError(message));
    return true;
  }

  override endedLate(failed: boolean, exception: unknown): void {
    if (failed && !isCancelled(exception)) {
      this.#loop?.callExceptionHandler({ message: "A cleanup failed when nobody waited for it any more", exception });
    }
  }
}

/**
 * Calls a method for cleaning up, as a part of the task and with each AsyncLocalStorage as in the frame, and awaits what it returns: a promise,
 * something of this module, or nothing.
 */
export function* cleanUp(method: () => unknown, what: string, frame?: Frame): Coroutine<void> {
  const result = yield* new CleanUp(method, what, method, frame);
  if (isFuture(result)) yield* result;
}

/** Starts a cleanup that nobody waits for. If it fails, the loop's exception handler is called. */
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
