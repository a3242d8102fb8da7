/**
 * An async function that runs as a part of a task.
 *
 * What ties it to its task is the async storage, which carries the run through its `await`s; how it takes its steps and hears its cancels
 * stands in `async_code.ts`.
 *
 * @module
 */
import type { CoroutineObject, Stepper } from "./contract.ts";
import { AsyncCode } from "./async_code.ts";
import { captureFrame, type Frame, runInFrame } from "./async_storage.ts";
import { isCancelled } from "./cancelled_error.ts";
import { current } from "./current.ts";
import { isCoroutine, isFuture, isThenable, notACoroutine } from "./kinds.ts";
import { awaitedTwice } from "./misuse.ts";
import { currentStepper } from "./current_code.ts";
import { RESUME, type Suspend, SUSPENDED } from "./suspend.ts";

const FRESH = 0;
/** It is being called. */
const STARTING = 1;
const RUNNING = 2;
const RETURNED = 3;
const FAILED = 4;

/** A name, or what has one. */
export type Named = string | { readonly name: string };

/** A function that is called in the task's step: async, or a plain one that makes a coroutine. */
export class AsyncRun<T> extends AsyncCode<T> {
  readonly #callback: () => unknown;
  readonly #where: string;
  /** The values of each AsyncLocalStorage where it was made: it has them as it would have by being called there. */
  readonly #frame: Frame;
  #state = FRESH;
  #value: unknown = undefined;
  /** What a plain function made. */
  #coro: CoroutineObject<T> | null = null;
  readonly #named: Named;

  /** `named` is the function that people know, if that is not the callback itself. */
  constructor(callback: () => unknown, where: string, named: Named = callback, frame: Frame = captureFrame()) {
    super();
    this.#callback = callback;
    this.#where = where;
    this.#named = named;
    this.#frame = frame;
  }

  /** @internal Read when somebody asks: engines make it then. */
  get functionName(): string {
    const named = this.#named;
    return (typeof named === "string" ? named : named.name) || "<anonymous>";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.next(value);
    if (value === RESUME) return this.#finish();
    if (this.#state !== FRESH) throw awaitedTwice(`${this.functionName}()`);
    return this.#start();
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (this.#coro !== null) return this.#coro.throw(error);
    // A cancel that meets a function which has just failed: the failure is what its caller must hear.
    if (this.#state === FAILED) throw this.#value;
    if (this.#state === RETURNED) this.resultLost(this.#value);
    else this.#state = FAILED;
    throw error;
  }

  #start(): IteratorResult<Suspend, T> {
    const stepper = currentStepper() as Stepper;
    this.#state = STARTING;
    this.stepper = stepper;
    this.task = stepper._root;
    let made: unknown;
    try {
      made = this.#call();
      if (!(made instanceof Promise)) {
        if (this.isPlainResult(made)) return this.#finishAtOnce(this.plainResult(made));
        if (isCoroutine(made)) return this.#stepIn(made as unknown as CoroutineObject<T>);
        if (!isPromise(made)) return this.#finishAtOnce(this.plainResult(made));
      }
      // Before `then`: what is no promise of the host may call back at once.
      this.beginStep();
      made.then((value) => this.#settle(RETURNED, value), (error) => this.#settle(FAILED, unsuppressed(error)));
    } catch (error) {
      this.#state = FAILED;
      this.#value = error;
      this.leaveTask();
      throw error;
    }
    if (this.#state !== STARTING) return this.#finish();
    this.#state = RUNNING;
    this.noteParked();
    return SUSPENDED;
  }

  #call(): unknown {
    const { code } = current;
    current.code = this as AsyncCode<unknown>;
    try {
      return runInFrame(this.#frame, this.mark(), this.#callback);
    } finally {
      current.code = code;
    }
  }

  /** @internal What marks the code that follows: this, unless nothing can and it need not be known. */
  mark(): AsyncCode<unknown> | undefined {
    return this as AsyncCode<unknown>;
  }

  /** The function was a plain one, and what it has made takes its place. */
  #stepIn(made: CoroutineObject<T>): IteratorResult<Suspend, T> {
    this.leaveTask();
    // By its iterator, which knows whether somebody awaits it already.
    this.#coro = (made as unknown as Iterable<unknown>)[Symbol.iterator]() as CoroutineObject<T>;
    return this.#coro.next();
  }

  #finishAtOnce(value: T): IteratorResult<Suspend, T> {
    this.#state = RETURNED;
    this.leaveTask();
    return { done: true, value };
  }

  /** @internal Whether a result is surely neither a promise nor a coroutine, which is told by looking for much that is not there. */
  isPlainResult(_made: unknown): boolean {
    return false;
  }

  /** @internal What a result is worth that is neither a promise nor a coroutine. */
  plainResult(made: unknown): T {
    throw notACoroutine(made, this.#where);
  }

  /** @internal Says what the task waits for once the function waits for the host. */
  noteParked(): void {
    current.parked = this;
  }

  /** @internal A cancel meets a function which has just returned this: nobody will get it. */
  resultLost(_value: unknown): void {}

  /** @internal The function has ended after nobody waited for it any more. */
  endedLate(_failed: boolean, _value: unknown): void {}

  /** @internal The function has ended; whether it is waited for. A `for…of` or a destructuring asks without waiting. */
  functionEnded(stepper: Stepper): boolean {
    return stepper._waiter === this;
  }

  #finish(): IteratorResult<Suspend, T> {
    if (this.#state === FAILED) throw this.#value;
    return { done: true, value: this.#value as T };
  }

  #settle(state: number, value: unknown): void {
    const stepper = this.stepper;
    if (this.#state > RUNNING || stepper === null) return this.endedLate(state === FAILED, value);
    const starting = this.#state === STARTING;
    const cancelledAway = this.leaveTask(state === FAILED && isCancelled(value));
    this.#state = state;
    this.#value = value;
    if (starting || !this.functionEnded(stepper)) return;
    // A failure is what the caller must hear; a cancel stays owed then.
    this.resumeWaiter(stepper, cancelledAway && state === RETURNED);
  }

  /** @internal Whoever waits for it goes on within its step. */
  resumeWaiter(stepper: Stepper, throwsOwed: boolean): void {
    const { _loop: loop } = stepper;
    if (stepper._waiter !== this || current.loop !== null || !loop.isRunning()) return loop._schedule(stepper);
    try {
      // The whole coroutine of whoever waits is there to hand this over: it has done so then.
      if (stepper._coro === this && stepper._call === null && !throwsOwed) {
        loop._endInside(stepper, this.#state === FAILED, this.#value);
      } else {
        stepper._goOn(throwsOwed);
      }
    } catch (error) {
      // A KeyboardInterrupt leaves the loop, which runs nothing else before.
      loop._throwSoon(error);
    }
  }

  /** @internal Ends it for whoever waits, though the function has not ended: what is left of that is nobody's. */
  abandonWait(error: unknown): void {
    const stepper = this.stepper;
    this.leaveTask();
    this.#state = FAILED;
    this.#value = error;
    if (stepper !== null && stepper._waiter === this) stepper._loop._schedule(stepper);
  }

  /** @internal */
  _park(stepper: Stepper): void {
    stepper._waitOn(this);
  }

  /** @internal */
  _endedCancelled(): boolean {
    return this.#state === FAILED && isCancelled(this.#value);
  }
}

/** A function of any kind: it may as well return a plain value, or nothing. */
export class AnyRun extends AsyncRun<unknown> {
  /** @internal */
  override plainResult(made: unknown): unknown {
    return made;
  }
}

/**
 * What a function ended with. If the disposal of an `await using` is cancelled after its block has failed, the host wraps both errors, and
 * nobody would know the cancel again, neither the task nor the timeout or group that asked for it: it stays a cancel, as in `use()`.
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
