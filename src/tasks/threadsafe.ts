/**
 * Results for code outside of the loop.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError } from "../core/cancelled_error.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { errorOf, hasResult, markRead } from "../core/internal.ts";
import { type Awaitable, isCoroutine, type Suspend } from "../core/suspend.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { runningLoop } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { wrapFuture } from "./ensure_future.ts";

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
