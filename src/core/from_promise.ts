/**
 * Promises inside coroutines.
 *
 * @module
 */
import { isAwaited, steppedTask } from "./running.ts";
import { CancelledError } from "./cancelled_error.ts";
import { current } from "./current.ts";
import { isFuture } from "./kinds.ts";
import { LazyObject } from "./lazy.ts";
import { awaitedTwice } from "./misuse.ts";
import { describeKind } from "./repr.ts";
import { type LazyAwaitable, type Parkable, RESUME, type Suspend, SUSPENDED } from "./suspend.ts";
import type { Task } from "./task.ts";

/** The options of {@linkcode fromPromise}. */
export interface FromPromiseOptions<T> {
  /** Gets the value if the promise fulfils after the wait was cancelled, to close or release it. */
  readonly onLate?: (value: T) => void;
}

const FRESH = 0;
const WAITING = 1;
const RESOLVED = 2;
const FAILED = 3;
const CANCELLED = 4;

class FromPromise<T> extends LazyObject<T> implements Parkable {
  readonly #source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>);
  readonly #onLate: ((value: T) => void) | undefined;
  #task: Task<unknown> | null = null;
  #controller: AbortController | null = null;
  #state = FRESH;
  #value: unknown = undefined;
  /** The turn in which it began to wait. */
  #expectedIn = 0;

  constructor(
    source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
    onLate: ((value: T) => void) | undefined,
  ) {
    super();
    this.#source = source;
    this.#onLate = onLate;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      if (this.#state !== RESOLVED) throw this.#value;
      return { done: true, value: this.#value as T };
    }
    if (this.#state !== FRESH) throw awaitedTwice("fromPromise()");
    this.#state = WAITING;
    this.#task = steppedTask();
    const promise = this.#begin();
    promise.then((value) => this.#settle(RESOLVED, value), (error) => this.#settle(FAILED, error));
    // A promise that is settled already needs a microtask only, and is not to wait for the end of the loop's slice.
    this.#expectedIn = (this.#task as Task<unknown>)._loop._expect();
    current.parked = this;
    return SUSPENDED;
  }

  #begin(): PromiseLike<T> {
    const source = this.#source;
    if (typeof source !== "function") return source;
    this.#controller = new AbortController();
    const promise = source(this.#controller.signal);
    if (!isThenable(promise)) {
      throw new TypeError(
        `Cannot await what the function given to fromPromise() returned: it must be a promise, not ${
          describeKind(promise)
        }.`,
      );
    }
    return promise as PromiseLike<T>;
  }

  #settle(state: number, value: unknown): void {
    const task = this.#task as Task<unknown>;
    task._loop._heard(this.#expectedIn);
    if (this.#state === WAITING && isAwaited(this, task)) {
      this.#state = state;
      this.#value = value;
      task._loop._schedule(task);
      return;
    }
    this.#lose(state, value);
  }

  /** The wait was cancelled, and nothing that comes of it may be lost without a word. */
  #lose(state: number, value: unknown): void {
    if (state === FAILED) {
      if (!this.#isReaction(value)) this.#report("A promise rejected after the wait for it was cancelled", value);
      return;
    }
    try {
      this.#onLate?.(value as T);
    } catch (error) {
      this.#report("Exception in onLate() of fromPromise()", error);
    }
  }

  #report(message: string, exception: unknown): void {
    const task = this.#task as Task<unknown>;
    task._loop.callExceptionHandler({ message, exception, task });
  }

  /** Called when the task was cancelled after the promise had settled and before the task went on: the outcome is late then as well. */
  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.#state === RESOLVED || this.#state === FAILED) this.#lose(this.#state, this.#value);
    throw error;
  }

  /**
   * Whether a rejection is only the echo of the cancel: the reason of the abort, the AbortError that some APIs make of it, or the
   * CancelledError of an async function that was called in the same task and is cancelled with it.
   */
  #isReaction(error: unknown): boolean {
    return error instanceof CancelledError ||
      (this.#controller !== null && error instanceof Error && error.name === "AbortError");
  }

  /** @internal */
  _park(task: Task<unknown>): void {
    task._waitOn(this);
  }

  /** Ends the wait and aborts the signal. */
  cancel(message?: string): boolean {
    if (this.#state !== WAITING) return false;
    const reason = new CancelledError(message);
    this.#state = CANCELLED;
    this.#value = reason;
    const task = this.#task as Task<unknown>;
    task._loop._schedule(task);
    this.#controller?.abort(reason);
    return true;
  }

  /** @internal */
  _endedCancelled(): boolean {
    return this.#value instanceof CancelledError;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}

/**
 * Awaits a promise in a coroutine. Given a function, it is called when the wait begins, with a signal that aborts when the
 * wait is cancelled; the cancelled wait ends at once. A value that comes late goes to `onLate`, a late rejection (other
 * than the abort's own) to the loop's exception handler.
 *
 * @throws {TypeError} if it is neither a promise nor a function
 *
 * @example Await, and await so that it can be cancelled
 * ```ts
 * import { fromPromise, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   assertEquals(yield* fromPromise(Promise.resolve(1)), 1);
 *   const answer = yield* fromPromise((signal) => Promise.resolve(signal.aborted));
 *   assertEquals(answer, false);
 * });
 * ```
 */
export function fromPromise<T>(
  source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options?: FromPromiseOptions<T>,
): LazyAwaitable<T> {
  if (isFuture(source) || (typeof source !== "function" && !isThenable(source))) {
    throw new TypeError(
      `Cannot await ${describeKind(source)} by fromPromise(): it takes a promise, or a function that makes one. ` +
        "Await what belongs to the loop directly, with yield*.",
    );
  }
  return new FromPromise<T>(source, options?.onLate);
}
