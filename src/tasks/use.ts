/**
 * Scopes: their bodies, generator functions or async functions, what is cleaned up after them, and `using` for coroutines.
 *
 * @module
 */
import { AnyRun, AsyncRun } from "../core/async_run.ts";
import { canMark, captureFrame, type Frame } from "../core/current_code.ts";
import { type Future, isFuture } from "../core/future.ts";
import {
  type Coroutine,
  isCoroutine,
  isGeneratorFunction,
  isThenable,
  type LazyAwaitable,
  type Suspend,
} from "../core/suspend.ts";
import { describeKind } from "../core/repr.ts";
import type { AsyncCode } from "../core/async_code.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError, isCancelled } from "../core/errors.ts";
import { runningLoop } from "../core/running.ts";
import { noted } from "../core/current.ts";
import { coroutine } from "../core/coroutine.ts";

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

/**
 * What {@linkcode use} disposes of. As with `await using`, null and undefined mean that there is nothing to dispose of.
 *
 * @category Scopes
 */
export type Resource = Disposable | AsyncDisposable | null | undefined;

const WHAT = "Disposing of a resource";

const scope = /* @__PURE__ */ coroutine(function* use<R extends Resource, T>(
  source: R | LazyAwaitable<R> | Coroutine<R>,
  body: ReadyBody<R, T>,
  frame: Frame,
): Coroutine<T> {
  const resource = isCoroutine(source) ? yield* source as Coroutine<R> : source;
  const dispose = disposerOf(resource);
  let disposing = false;
  try {
    let value: T;
    try {
      value = yield* body(resource);
    } catch (error) {
      disposing = true;
      try {
        yield* cleanUp(dispose, WHAT, frame);
      } catch (later) {
        throw bothErrors(later, error, WHAT);
      }
      throw error;
    }
    disposing = true;
    yield* cleanUp(dispose, WHAT, frame);
    return value;
  } finally {
    // The coroutine is closed by hand. It cannot wait any more, but the resource is disposed of.
    if (!disposing) abandon(dispose, WHAT);
  }
}) as <R extends Resource, T>(
  source: R | LazyAwaitable<R> | Coroutine<R>,
  body: ReadyBody<R, T>,
  frame: Frame,
) => LazyAwaitable<T>;

/**
 * Looks up the method before the body runs, so that what cannot be disposed of is refused before it is used.
 */
function disposerOf(resource: Resource): () => unknown {
  if (resource === null || resource === undefined) return () => undefined;
  const asynchronous = (resource as Partial<AsyncDisposable>)[Symbol.asyncDispose];
  if (typeof asynchronous === "function") return () => asynchronous.call(resource as AsyncDisposable);
  const synchronous = (resource as Partial<Disposable>)[Symbol.dispose];
  // What it returns is ignored, even if it is a promise.
  if (typeof synchronous === "function") return () => void synchronous.call(resource as Disposable);
  throw new TypeError(
    `Cannot use() ${describeKind(resource)}: it has neither [Symbol.asyncDispose]() nor [Symbol.dispose](). ` +
      "Give a resource, or a coroutine that returns one; a promise of one goes into fromPromise().",
  );
}

/**
 * Runs a body with a resource and disposes of the resource however the body ends: `await using` for coroutines. The body
 * is a generator function or an async function and is called with the resource.
 *
 * The resource has `[Symbol.asyncDispose]`, which is awaited, or else `[Symbol.dispose]`. It may also be a coroutine or a lazy awaitable that
 * returns the resource. What the disposal awaits of this module is a part of the task and cancelled with it. If the disposal waits for the
 * host, a cancel ends the wait, and the disposal goes on by itself.
 *
 * @returns an awaitable of the body's result
 * @throws {TypeError} if the body is not a function; when awaited, if the resource cannot be disposed of
 * @throws {SuppressedError} when awaited, if both the body and the disposal failed: `suppressed` is the body's error,
 * `error` the disposal's
 *
 * @example A resource that must be closed
 * ```ts
 * import { run, sleep, use } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const order: string[] = [];
 * const file = {
 *   async [Symbol.asyncDispose]() {
 *     order.push("closed");
 *   },
 * };
 *
 * await run(() =>
 *   use(file, function* () {
 *     yield* sleep(1);
 *     order.push("read");
 *   })
 * );
 * assertEquals(order, ["read", "closed"]);
 * ```
 *
 * @category Scopes
 */
export function use<R extends Resource, T>(
  resource: R | LazyAwaitable<R> | Coroutine<R>,
  body: Body<R, T>,
): LazyAwaitable<T> {
  checkBody(body, "use");
  const frame = captureFrame();
  return noted(scope(resource, readyBody(body, "use as the body of use()", frame), frame), "use()");
}
