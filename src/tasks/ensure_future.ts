/**
 * Futures from whatever can be awaited, such as follow a promise, and results for code outside of the loop, which futures follow.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { fromPromise } from "../core/from_promise.ts";
import { Future, isFuture } from "../core/future.ts";
import { errorOf, failWith, hasResult, loopOf, markRead, storedIn } from "../core/internal.ts";
import {
  type Awaitable,
  type Coroutine,
  isCoroutine,
  isThenable,
  type LazyAwaitable,
  type Suspend,
} from "../core/suspend.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { getEventLoop, runningLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { TICK } from "./sleep.ts";
import { CancelledError } from "../core/errors.ts";

/**
 * What can be waited for: a coroutine, a future or task, a lazy awaitable, a promise, or a generator or async function, of which a task is
 * made as by {@linkcode createTask}.
 *
 * @category Waiting
 */
export type Waitable<T> =
  | Coroutine<T>
  | Awaitable<T>
  | PromiseLike<T>
  | (() => Coroutine<T> | LazyAwaitable<T> | Promise<T>);

/**
 * What awaiting something returns.
 *
 * @category Waiting
 */
export type Result<A> = A extends Coroutine<infer T> ? T
  : A extends PromiseLike<infer T> ? Awaited<T>
  : A extends () => infer R ? Result<R>
  : never;

/**
 * The options of {@linkcode ensureFuture}.
 *
 * @category Waiting
 */
export interface EnsureFutureOptions {
  /** The loop of the task; by default the current loop. */
  readonly loop?: BaseEventLoop | undefined;
}

const NAMES: OptionNames<EnsureFutureOptions> = { loop: true };

/**
 * Returns a future as it is, and a task for everything else: one that runs a coroutine, a lazy awaitable, or a generator or async function,
 * or one that waits for a promise.
 *
 * @throws {TypeError} if it cannot be awaited
 * @throws {RangeError} if it is a future of another loop than `loop`
 * @throws {RuntimeError} if a task must be made and there is no current loop
 *
 * @example Take anything that can be awaited
 * ```ts
 * import { ensureFuture, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const nap = ensureFuture(sleep(1, "rested"));
 *   const answer = ensureFuture(Promise.resolve(42));
 *   assertEquals([yield* nap, yield* answer], ["rested", 42]);
 * });
 * ```
 *
 * @category Waiting
 */
export function ensureFuture<F extends Future<unknown>>(future: F, options?: EnsureFutureOptions): F;
/**
 * The same for everything else.
 *
 * @category Waiting
 */
export function ensureFuture<T>(waitable: Waitable<T>, options?: EnsureFutureOptions): Future<T>;
export function ensureFuture<T>(waitable: Waitable<T>, options: EnsureFutureOptions = {}): Future<T> {
  checkOptions(options, "ensureFuture", NAMES);
  checkWaitable(waitable, options.loop);
  return toFuture(waitable, options.loop);
}

/** The same after the check. */
function toFuture<T>(waitable: Waitable<T>, given: BaseEventLoop | undefined): Future<T> {
  // A coroutine is what most are, and what is found out first.
  if (isCoroutine(waitable) || typeof waitable === "function") {
    return (given ?? getEventLoop()).createTask<T>(waitable as TaskSource<T>);
  }
  if (isFuture(waitable)) return waitable as Future<T>;
  const loop = given ?? getEventLoop();
  // Not as any promise: cancelling what follows it cancels it.
  if (isConcurrentFuture(waitable)) return wrapFuture<T>(waitable as PromiseLike<T>, { loop });
  return loop.createTask<T>(fromPromise(waitable as PromiseLike<T>));
}

/**
 * Returns a future for each of several waitables, all of one loop: the given one, or that of the first. All are checked
 * before any is started. `distinct` says what {@linkcode areDistinct} does.
 */
export function ensureFutures(
  waitables: readonly Waitable<unknown>[],
  loop?: BaseEventLoop,
  distinct: boolean = areDistinct(waitables),
): Future<unknown>[] {
  for (const waitable of waitables) {
    checkWaitable(waitable, loop);
    if (loop === undefined) loop = isFuture(waitable) ? loopOf(waitable) : getEventLoop();
  }
  if (distinct) return waitables.map((waitable) => toFuture(waitable, loop));
  const made = new Map<unknown, Future<unknown>>();
  return waitables.map((waitable) => {
    let future = made.get(waitable);
    if (future === undefined) {
      future = toFuture(waitable, loop);
      // The same coroutine twice is one task. But all calls of sleep(0) return the same object.
      if (waitable !== TICK) made.set(waitable, future);
    }
    return future;
  });
}

/** Up to so many are looked for among the others: engines compare several at once, and that costs less than a set of them. */
const FEW = 150;

/** Whether none of them is the same as another. */
export function areDistinct(waitables: readonly unknown[]): boolean {
  const { length } = waitables;
  if (length > FEW) return new Set(waitables).size === length;
  for (let i = 1; i < length; i++) if (waitables.indexOf(waitables[i - 1], i) !== -1) return false;
  return true;
}

/** Refuses what cannot be awaited, and a future of another loop than the given one. */
export function checkWaitable(waitable: unknown, loop?: BaseEventLoop): void {
  if (isCoroutine(waitable)) return;
  if (isFuture(waitable)) {
    if (loop === undefined || loop === loopOf(waitable)) return;
    throw new RangeError(`Cannot take ${waitable} for ${loop}: it belongs to another loop. Await it on its own.`);
  }
  if (typeof waitable === "function" || isThenable(waitable)) return;
  throw new TypeError(
    `Cannot wait for ${describeKind(waitable)}: it must be a coroutine, a future, a lazy awaitable, a promise, ` +
      "or a generator or async function.",
  );
}

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

/**
 * Starts the work of a {@linkcode ConcurrentFuture}. It settles the future by one of the two functions, at once or later, and may return a
 * function that is called when the future is cancelled.
 *
 * @category Tasks and futures
 */
export type ConcurrentWork<T> = (
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
) => ((message?: string) => void) | void;

/**
 * A result for code outside of the loop: a promise that can be cancelled. It is not bound to a loop, so any code may await it. A coroutine
 * awaits it with `yield*`; a cancel of the coroutine cancels it.
 *
 * @example Await it from anywhere
 * ```ts
 * import { newEventLoop, runCoroutineThreadsafe, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * const running = loop.runForever();
 * assertEquals(await runCoroutineThreadsafe(sleep(1, "done"), loop), "done");
 * loop.stop();
 * await running;
 * loop.close();
 * ```
 *
 * @category Tasks and futures
 */
export class ConcurrentFuture<T> implements Awaitable<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #promise: Promise<T>;
  /** Typed without T, so that a future of a narrower type can be used as one of a wider type. */
  readonly #resolve: (value: never) => void;
  readonly #reject: (error: unknown) => void;
  #done = false;
  #cancelled = false;
  #onCancel: ((message?: string) => void) | null = null;

  /**
   * Makes a future; for implementations of an {@linkcode Executor}.
   *
   * @param work starts the work
   */
  constructor(work?: ConcurrentWork<T>) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    if (work === undefined) return;
    const onCancel = work(
      (value) => this.#settle(() => this.#resolve(value as never)),
      (error) => this.#settle(() => this.#reject(error)),
    );
    if (typeof onCancel === "function") this.#onCancel = onCancel;
  }

  /** Whether it is done: it has a result or an error, or was cancelled. */
  done(): boolean {
    return this.#done;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#cancelled;
  }

  /** Cancels the work; returns false if it is done. */
  cancel(message?: string): boolean {
    if (this.#done) return false;
    this.#cancelled = true;
    // A cancel that nobody awaits must not end the process as an unhandled rejection.
    this.#promise.catch(() => {});
    this.#settle(() => this.#reject(new CancelledError(message)));
    this.#onCancel?.(message);
    return true;
  }

  /** Calls one of the two when it is done, as a promise does. */
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#promise.then(onFulfilled, onRejected);
  }

  /** Calls the function if it fails, as a promise does. */
  catch<R2 = never>(onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null): Promise<T | R2> {
    return this.#promise.catch(onRejected);
  }

  /** Calls the function when it is done, as a promise does. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#promise.finally(onFinally);
  }

  /** As a promise has it. */
  get [Symbol.toStringTag](): string {
    return "ConcurrentFuture";
  }

  /** What `yield*` asks for: a future of the running loop that follows this one. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return wrapFuture<T>(this)[Symbol.iterator]();
  }

  /** Readable form: whether it is done. */
  toString(): string {
    return `<ConcurrentFuture ${!this.#done ? "pending" : this.#cancelled ? "cancelled" : "finished"}>`;
  }

  #settle(settle: () => void): void {
    if (this.#done) return;
    this.#done = true;
    settle();
  }
}

/**
 * Submits a coroutine to a loop from code that does not run on it. Cancelling the returned future cancels the task, at once if the caller
 * runs on the loop; if the task is cancelled, the future is.
 *
 * @throws {TypeError} if it is not a coroutine
 * @throws {RuntimeError} if the loop is closed
 *
 * @example From a host callback into the loop
 * ```ts
 * import { newEventLoop, runCoroutineThreadsafe, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * const running = loop.runForever();
 * assertEquals(await runCoroutineThreadsafe(sleep(1, 5), loop), 5);
 * loop.stop();
 * await running;
 * loop.close();
 * ```
 *
 * @category Tasks and futures
 */
export function runCoroutineThreadsafe<T>(source: TaskSource<T>, loop: BaseEventLoop): ConcurrentFuture<T> {
  if (!isCoroutine(source) && typeof source !== "function") {
    throw new TypeError(
      `Cannot run ${describeKind(source)} on a loop: it must be a coroutine, or a generator or async function.`,
    );
  }
  if (typeof (loop as BaseEventLoop | null)?.callSoonThreadsafe !== "function") {
    throw new TypeError(`Cannot run a coroutine on ${describeKind(loop)}: give the loop that is to run it.`);
  }
  const future: ConcurrentFuture<T> = new ConcurrentFuture<T>((resolve, reject) => {
    let task: Task<T> | null = null;
    loop.callSoonThreadsafe(() => {
      if (future.cancelled()) return;
      try {
        task = loop.createTask(source);
      } catch (error) {
        reject(error);
        throw error;
      }
      task.addDoneCallback((task) => {
        if (future.done()) markRead(task);
        else if (task.cancelled()) future.cancel();
        else if (hasResult(task)) resolve(task.result());
        else reject(errorOf(task));
      });
    });
    return (message) => {
      if (runningLoop() === loop) task?.cancel(message);
      else if (task !== null && !loop.isClosed()) loop.callSoonThreadsafe(() => void task?.cancel(message));
    };
  });
  return future;
}
