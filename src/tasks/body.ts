/**
 * The bodies of scopes, generator functions or async functions, and what is cleaned up after them.
 *
 * @module
 */
import { AnyRun, AsyncRun } from "../core/async_run.ts";
import { canMark, captureFrame, type Frame } from "../core/current_code.ts";
import type { Future } from "../core/future.ts";
import { isCoroutine, isFuture, isGeneratorFunction, isThenable } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable, Suspend } from "../core/suspend.ts";
import type { AsyncCode } from "../core/async_code.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError, isCancelled } from "../core/cancelled_error.ts";
import { runningLoop } from "../core/running.ts";

/**
 * What a scope runs: a generator function or an async function. It is called with the scope.
 *
 * @category Scopes
 */
export type Body<S, T> = (scope: S) => Coroutine<T> | LazyAwaitable<T> | Promise<T>;

/** A body that can run in the current task. */
export type ReadyBody<S, T> = (scope: S) => Coroutine<T> | LazyAwaitable<T>;

/**
 * Makes a body ready to run. An async function sees each AsyncLocalStorage as it is here, or as it is in the frame. A plain one may also return
 * a future, as `() => gather(a, b)` does: for the types that is a promise.
 */
export function readyBody<S, T>(body: Body<S, T>, where: string, known?: Frame): ReadyBody<S, T> {
  if (isGeneratorFunction(body)) return body as ReadyBody<S, T>;
  const frame = known ?? captureFrame();
  const call = (scope: S) => {
    const made: unknown = body(scope);
    return isFuture(made) ? result(made) : made;
  };
  return (scope) => new AsyncRun<T>(() => call(scope), where, body, frame);
}

/** Awaits a future as a part of whoever runs this. */
function* result(future: Future<unknown>): Coroutine<unknown> {
  return yield* future;
}

/** The same for a body that may also be a plain function. */
export function readyPlainBody<S>(body: (scope: S) => unknown, where: string): ReadyBody<S, unknown> {
  if (isGeneratorFunction(body)) return body as ReadyBody<S, unknown>;
  const frame = captureFrame();
  return (scope) => new AnyRun(() => body(scope), where, body, frame);
}

/** Refuses what is not a function, at the call. */
export function checkBody(body: unknown, where: string): void {
  if (typeof body === "function") return;
  throw new TypeError(
    `Cannot call ${where}() with ${describeKind(body)} as its body: give a generator function or an async function.`,
  );
}

/** Runs a body in the current task. */
export function runBody<S, T>(body: Body<S, T>, scope: S, where: string): Coroutine<T> | LazyAwaitable<T> {
  return readyBody(body, where)(scope);
}

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
