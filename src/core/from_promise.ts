/**
 * Promises inside coroutines.
 *
 * @module
 */
import type { AnyTask, Stepper } from "./contract.ts";
import { noted } from "./current.ts";
import type { AsyncCode } from "./async_code.ts";
import { AsyncRun } from "./async_run.ts";
import { canMark, type Frame, steppedTask } from "./current_code.ts";
import { CancelledError, isCancelled } from "./errors.ts";
import { placeHostError } from "./error_frames.ts";
import { isFuture } from "./future.ts";
import { isThenable, type LazyAwaitable, type Suspend } from "./suspend.ts";
import { checkOptions, type OptionNames } from "./misuse.ts";
import { describeKind } from "./repr.ts";
import { BareWait, FRESH, WAITING } from "./wait.ts";

/**
 * The options of {@linkcode fromPromise}.
 *
 * @category Coroutines
 */
export interface FromPromiseOptions<T> {
  /** Gets the value if the promise fulfils after the wait was cancelled, to close or release it. */
  readonly onLate?: ((value: T) => void) | undefined;
}

const NAMES: OptionNames<FromPromiseOptions<unknown>> = { onLate: "function" };

type OnLate<T> = ((value: T) => void) | undefined;

/** How the promise has settled. */
const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** The wait for a promise. */
class PromiseWait<T> extends BareWait<T> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly #promise: PromiseLike<T>;
  readonly #onLate: OnLate<T>;
  #task: AnyTask | null = null;
  #outcome = PENDING;
  #value: unknown = undefined;
  /** The turn in which it began to wait. */
  #expectedIn = 0;

  constructor(promise: PromiseLike<T>, onLate: OnLate<T>) {
    super();
    noted(this);
    this.#promise = promise;
    this.#onLate = onLate;
  }

  override methodName(): string {
    return "fromPromise";
  }

  override tryNow(): IteratorResult<Suspend, T> | null {
    const task = this.#task = steppedTask() as AnyTask;
    // A promise that is settled already needs only a microtask, and must not wait for the end of the loop's slice.
    this.#expectedIn = task._loop._expect();
    this.#promise.then((value) => this.#settle(FULFILLED, value), (error) => this.#settle(REJECTED, error));
    // A thenable that is not a promise of the host may have called back at once.
    return this.#outcome === PENDING ? null : this.woken();
  }

  override woken(): IteratorResult<Suspend, T> {
    if (this.#outcome === REJECTED) {
      if (!isCancelled(this.#value)) placeHostError(this.#value, this.next);
      throw this.#value;
    }
    return { done: true, value: this.#value as T };
  }

  #settle(outcome: number, value: unknown): void {
    const { stepper } = this;
    const task = this.#task as AnyTask;
    task._loop._heard(this.#expectedIn);
    const waits = stepper === null || (this.phase === WAITING && stepper._waiter === this);
    if (!waits) return lose(task, outcome === REJECTED, value, this.#onLate);
    this.#outcome = outcome;
    this.#value = value;
    if (stepper !== null) this.wake();
  }

  /** The promise may have settled before the task went on: its outcome is late then as well. */
  override gaveUp(): void {
    const value = this.#value;
    if (this.#outcome === PENDING) return;
    lose(this.#task as AnyTask, this.#outcome === REJECTED, value, this.#onLate);
  }

  override _endedCancelled(): boolean {
    return super._endedCancelled() || (this.#outcome === REJECTED && isCancelled(this.#value));
  }
}

/**
 * The call of a function that makes a promise. What the function awaits of this module is a part of the task and cancelled with it. A
 * wait that is cancelled is over at once, whatever the function does then.
 */
class PromiseCall<T> extends AsyncRun<T> {
  readonly #controller: AbortController;
  readonly #onLate: OnLate<T>;
  #owner: AnyTask | null = null;

  constructor(source: (signal: AbortSignal) => PromiseLike<T>, onLate: OnLate<T>, frame?: Frame) {
    const controller = new AbortController();
    super(() => source(controller.signal), "await by fromPromise()", source, frame);
    this.#controller = controller;
    this.#onLate = onLate;
  }

  /** That of an arrow function that was written in place says nothing. */
  override get functionName(): string {
    return super.functionName.replace("<anonymous>", "fromPromise");
  }

  override next(value?: unknown): IteratorResult<Suspend, T> {
    this.#owner ??= steppedTask() as AnyTask;
    return super.next(value);
  }

  /** In a browser a promise of the host can still be awaited. */
  override mark(): AsyncCode<unknown> | undefined {
    return canMark() ? super.mark() : undefined;
  }

  /** Ends the wait and aborts the signal. */
  override cancel(message?: string): boolean {
    if (this.task === null) return super.cancel(message);
    const reason = new CancelledError(message);
    this.cancelAwaits(message);
    this.abandonWait(reason);
    this.#controller.abort(reason);
    return true;
  }

  override placeFailure(error: unknown): void {
    if (!isCancelled(error)) placeHostError(error, this.thrower);
  }

  override plainResult(made: unknown): T {
    throw new TypeError(
      `Cannot await what the function given to fromPromise() returned: it must be a promise, not ${
        describeKind(made)
      }.`,
    );
  }

  /** Through the ready queue, as for any promise of the host. */
  override resumeWaiter(stepper: Stepper): void {
    stepper._loop._schedule(stepper);
  }

  override resultLost(value: unknown): void {
    this.endedLate(false, value);
  }

  override endedLate(failed: boolean, value: unknown): void {
    lose(this.#owner as AnyTask, failed, value, this.#onLate);
  }
}

/**
 * The wait was cancelled, and its outcome must not be lost in silence. Only a rejection that echoes the cancel is no news: with the reason of
 * the abort, with the AbortError that some APIs throw in its place and hosts at who reads a request whose client has left, or with the
 * CancelledError of an async function that was called in the same task and is cancelled with it.
 */
function lose<T>(task: AnyTask, failed: boolean, value: unknown, onLate: OnLate<T>): void {
  if (failed) {
    if (isCancelled(value) || (value instanceof Error && value.name === "AbortError")) return;
    const message = "A promise rejected after the wait for it was cancelled";
    task._loop.callExceptionHandler({ message, exception: value, task });
    return;
  }
  try {
    onLate?.(value as T);
  } catch (exception) {
    task._loop.callExceptionHandler({ message: "Exception in onLate() of fromPromise()", exception, task });
  }
}

/** Calls a function as `fromPromise()` does, but with the values of each AsyncLocalStorage of another place. */
export function fromPromiseIn<T>(source: () => PromiseLike<T>, frame: Frame): LazyAwaitable<T> {
  return new PromiseCall<T>(source, undefined, frame);
}

/**
 * Awaits a promise so that a cancel ends the wait at once: by `yield*` in a coroutine, by `await` in an async function, whose bare `await`
 * of a promise lasts until that settles. A function is called when the wait begins, with a signal that aborts when the wait is cancelled.
 * What it awaits of this module is a part of the task, and cancelled with it.
 *
 * After a cancel, a value that comes late goes to `onLate`, and a late rejection to the loop's exception handler, unless it is an abort's.
 *
 * @returns an awaitable of the promise's value, which throws what it was rejected with
 * @throws {TypeError} if it is neither a promise nor a function, an option is unknown or of the wrong type; when awaited, if the function returns no promise
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
 *
 * @category Coroutines
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
  checkOptions(options, "fromPromise", NAMES);
  const onLate = options?.onLate;
  return typeof source === "function" ? new PromiseCall<T>(source, onLate) : new PromiseWait<T>(source, onLate);
}
