/**
 * An async function that runs as a part of a task.
 *
 * It is found again after each `await` by what `current_code.ts` knows. How it takes its steps and hears of cancels is in `async_code.ts`.
 *
 * @module
 */
import type { CoroutineObject, Stepper } from "./contract.ts";
import { AsyncCode } from "./async_code.ts";
import { captureFrame, currentStepper, type Frame, runHere, runInFrame } from "./current_code.ts";
import { isCancelled } from "./errors.ts";
import { current, noted } from "./current.ts";
import { placeError, showsCallsOnly } from "./error_frames.ts";
import { isCoroutine, isThenable, RESUME, type Suspend, SUSPENDED } from "./suspend.ts";
import { isFuture } from "./future.ts";
import { awaitedTwice } from "./misuse.ts";
import { describeKind } from "./repr.ts";

const FRESH = 0;
/** It is being called. */
const STARTING = 1;
const RUNNING = 2;
const RETURNED = 3;
const FAILED = 4;

/** In the place of a frame: the function is called where the run is made, so nothing has to be remembered. */
export const HERE = {} as unknown as Frame;

/** A name, or what has one. */
export type Named = string | { readonly name: string };

/** A function that is called in the task's step: async, or a plain one that makes a coroutine. */
export class AsyncRun<T> extends AsyncCode<T> {
  readonly #callback: () => unknown;
  readonly #where: string;
  /** @ignore The values of each AsyncLocalStorage where it was made: the function sees them as if it were called there. */
  declare _frame: Frame;
  #state = FRESH;
  #value: unknown = undefined;
  /** What a plain function made. */
  #coro: CoroutineObject<T> | null = null;
  readonly #named: Named;

  /** `named` is the function that people know, if that is not the callback itself. */
  constructor(callback: () => unknown, where: string, named: Named = callback, frame: Frame = captureFrame()) {
    super();
    noted(this);
    this.#callback = callback;
    this.#where = where;
    this.#named = named;
    this._frame = frame;
  }

  /** The function, for debug mode. */
  get source(): object {
    return typeof this.#named === "function" ? this.#named : this.#callback;
  }

  /** The name of the function. It is read when somebody asks, for engines make it then. */
  get functionName(): string {
    const named = this.#named;
    return (typeof named === "string" ? named : named.name) || "<anonymous>";
  }

  /** The coroutine that a plain function has made. */
  get made(): CoroutineObject<unknown> | null {
    return this.#coro;
  }

  override hasBegun(): boolean {
    return this.#state !== FRESH;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.next(value);
    if (value === RESUME) return this.finish();
    if (this.#state !== FRESH) return awaitedTwice(`${this.functionName}()`);
    return this.start();
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.throw(error);
    // The function has failed before it could hear of the cancel: the caller must hear of the failure.
    if (this.#state === FAILED) throw this.#value;
    if (this.#state === RETURNED) this.resultLost(this.#value);
    else this.#state = FAILED;
    throw error;
  }

  private start(): IteratorResult<Suspend, T> {
    const stepper = currentStepper() as Stepper;
    this.#state = STARTING;
    this.stepper = stepper;
    this.task = stepper._root;
    let made: unknown;
    try {
      made = this.call();
      if (!(made instanceof Promise)) {
        if (this.isPlainResult(made)) return this.finishAtOnce(this.plainResult(made));
        if (isCoroutine(made)) return this.stepIn(made as unknown as CoroutineObject<T>);
        if (!isPromise(made)) return this.finishAtOnce(this.plainResult(made));
      }
      // Before `then`: a thenable that is not a promise of the host may call back at once.
      this.beginStep();
      made.then((value) => this.settle(RETURNED, value), (error) => this.settle(FAILED, unsuppressed(error)));
    } catch (error) {
      this.#state = FAILED;
      this.#value = error;
      this.leaveTask();
      throw error;
    }
    if (this.#state !== STARTING) return this.finish();
    this.#state = RUNNING;
    this.noteParked();
    return SUSPENDED;
  }

  private call(): unknown {
    const { code } = current;
    current.code = this as AsyncCode<unknown>;
    try {
      return this._frame === HERE
        ? runHere(this.mark(), this.#callback)
        : runInFrame(this._frame, this.mark(), this.#callback);
    } finally {
      current.code = code;
    }
  }

  /** The mark by which the rest of the function is known: this. A subclass returns none where the host cannot mark and need not. */
  mark(): AsyncCode<unknown> | undefined {
    return this as AsyncCode<unknown>;
  }

  /** The function was a plain one: the coroutine that it has made takes its place. */
  private stepIn(made: CoroutineObject<T>): IteratorResult<Suspend, T> {
    this.leaveTask();
    // Its iterator knows whether somebody awaits it already.
    this.#coro = (made as unknown as Iterable<unknown>)[Symbol.iterator]() as CoroutineObject<T>;
    return this.#coro.next();
  }

  private finishAtOnce(value: T): IteratorResult<Suspend, T> {
    this.#state = RETURNED;
    this.leaveTask();
    return { done: true, value };
  }

  /** Whether a result is known to be neither a promise nor a coroutine. By default it is looked at for everything that makes it one. */
  isPlainResult(_made: unknown): boolean {
    return false;
  }

  /** The result of the await if the function returned neither a promise nor a coroutine. By default that is an error. */
  plainResult(made: unknown): T {
    throw returnedNothingToRun(made, this.#where, this.functionName);
  }

  /** The function has returned its promise: says what the task waits for. */
  noteParked(): void {
    current.parked = this;
  }

  /** A cancel has come after the function returned this and before its caller went on: nobody will get it. */
  resultLost(_value: unknown): void {}

  /** The function has ended when nobody waited for it any more. */
  endedLate(_failed: boolean, _value: unknown): void {}

  /** The function has ended. Returns whether somebody waits for it: a `for…of` or a destructuring takes a step without waiting. */
  functionEnded(stepper: Stepper): boolean {
    return stepper._waiter === this;
  }

  private finish(): IteratorResult<Suspend, T> {
    if (this.#state === FAILED) {
      this.placeFailure(this.#value);
      throw this.#value;
    }
    return { done: true, value: this.#value as T };
  }

  /** Gives an error of the function the frames of who waits for it, if it lacks any. */
  placeFailure(error: unknown): void {
    placeError(error, this.thrower);
  }

  /** What throws a failure to whoever waits: JavaScriptCore leaves out of stacks what ends with a call, as `next` does. */
  get thrower(): () => unknown {
    return showsCallsOnly() ? this.finish : this.next;
  }

  private settle(state: number, value: unknown): void {
    const stepper = this.stepper;
    if (this.#state > RUNNING || stepper === null) return this.endedLate(state === FAILED, value);
    const starting = this.#state === STARTING;
    const cancelledAway = this.leaveTask(state === FAILED && isCancelled(value));
    this.#state = state;
    this.#value = value;
    if (starting || !this.functionEnded(stepper)) return;
    // The caller must hear of a failure; then a cancel stays owed.
    this.resumeWaiter(stepper, cancelledAway && state === RETURNED);
  }

  /** Whoever waits for the function goes on within its step. */
  resumeWaiter(stepper: Stepper, throwsOwed: boolean): void {
    const { _loop: loop } = stepper;
    if (stepper._waiter !== this || current.loop !== null || !loop.isRunning()) return loop._schedule(stepper);
    try {
      // The function is the whole coroutine of whoever waits: that ends with it.
      if (stepper._coro === this && stepper._call === null && !throwsOwed) {
        loop._endInside(stepper, this.#state === FAILED, this.#value);
      } else {
        stepper._goOn(throwsOwed);
      }
    } catch (error) {
      // A KeyboardInterrupt leaves the loop before that runs anything else.
      loop._throwSoon(error);
    }
  }

  /** Ends the wait with an error though the function has not ended. The rest of the function belongs to no task. */
  abandonWait(error: unknown): void {
    const stepper = this.stepper;
    this.leaveTask();
    this.#state = FAILED;
    this.#value = error;
    if (stepper !== null && stepper._waiter === this) stepper._loop._schedule(stepper);
  }

  _park(stepper: Stepper): void {
    stepper._waitOn(this);
  }

  _endedCancelled(): boolean {
    return this.#state === FAILED && isCancelled(this.#value);
  }
}

/** A function of any kind: it may also return a plain value, or nothing. */
export class AnyRun extends AsyncRun<unknown> {
  override plainResult(made: unknown): unknown {
    return made;
  }
}

/**
 * The error that a function ended with. If the disposal of an `await using` is cancelled after its block has failed, the host wraps both errors.
 * Neither the task nor the timeout or group that asked for the cancel would know it again, so it stays a cancel, as in `use()`.
 */
function unsuppressed(thrown: unknown): unknown {
  const { name, error, suppressed } = Object(thrown) as { name?: unknown; error?: unknown; suppressed?: unknown };
  if (name !== "SuppressedError") return thrown;
  const last = unsuppressed(error);
  if (!isCancelled(last)) return thrown;
  last.cause ??= suppressed;
  return last;
}

/** Whether a function returned a promise. A Future is not meant: it belongs to a task already. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isThenable(value) && !isFuture(value);
}

/** The error for what cannot become a task. */
export function notACoroutine(value: unknown, where: string): TypeError {
  const wanted = "a coroutine, a lazy awaitable, or a generator or async function";
  if (isFuture(value)) {
    return new TypeError(
      `Cannot ${where} ${value}: it needs ${wanted}, and a Future is the result of something that runs already. ` +
        "Await it with yield*, or take it as it is with ensureFuture().",
    );
  }
  if (isThenable(value)) {
    // An async function called outside the loop most likely rejects, for want of one. Its host would report that first, and end
    // the program before the reason is heard.
    if (value instanceof Promise) value.catch(() => {});
    return new TypeError(
      `Cannot ${where} a promise: it is running already and belongs to nobody. Give the async function itself, ` +
        "await the promise by fromPromise(), or wrap it by ensureFuture().",
    );
  }
  return new TypeError(`Cannot ${where} ${describeKind(value)}: it needs ${wanted}.`);
}

/** The error for a function that was to make a coroutine, and has returned something else. */
export function returnedNothingToRun(made: unknown, where: string, name: string): TypeError {
  if (isFuture(made)) return notACoroutine(made, where);
  const what = name === "<anonymous>" ? "this function" : `${name}()`;
  const cannot = / as /.test(where) ? where.replace(" as ", ` ${what} as `) : `${where} ${what}`;
  return new TypeError(
    `Cannot ${cannot}: the function returned ${describeKind(made)}. ` +
      "Write it as a generator or async function, or return a coroutine.",
  );
}
