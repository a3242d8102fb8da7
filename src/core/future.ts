/**
 * A result that is not there yet.
 *
 * @module
 */
import type { AnyTask, Runnable, Stepper, TaskCounter } from "./contract.ts";
import { Awaiter } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { awaitsForeignFuture, awaitsItself, checkCallback, iterated, notDone } from "./misuse.ts";
import { type Context, contextFrom, snapshotVars } from "./context.ts";
import { current as importedCurrent } from "./current.ts";
import { DoneCallback } from "./handle.ts";
import { placeError } from "./error_frames.ts";
import { CancelledError, InvalidStateError } from "./errors.ts";
import { forgetUnread } from "./exception_reports.ts";
import { describeBriefly, describeCallable, describeKind, describeValue, printsAsText } from "./repr.ts";
import { getEventLoop } from "./current_code.ts";
import {
  type Awaitable,
  finallyOf as importedFinallyOf,
  RESUME as IMPORTED_RESUME,
  type Suspend,
  SUSPENDED as IMPORTED_SUSPENDED,
} from "./suspend.ts";
import { throwNext } from "./step.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use, a tenth of a switch.
const current = importedCurrent;
const finallyOf = importedFinallyOf;
const RESUME = IMPORTED_RESUME;
const SUSPENDED = IMPORTED_SUSPENDED;

/** The states of a future. */
export const PENDING = 0;
/** It has a result. */
export const RESOLVED = 1;
/** It was cancelled. */
export const CANCELLED = 2;
/** It has an exception. */
export const FAILED = 3;
/** It has an exception that nobody has read. No other state is above {@linkcode FAILED}. */
export const UNREAD = 4;

/**
 * The options of {@linkcode Future.addDoneCallback}.
 *
 * @category Tasks and futures
 */
export interface AddDoneCallbackOptions {
  /** The context that the callback runs in; by default a copy of the current one. */
  readonly context?: Context | undefined;
}

/** Who is scheduled when a future is done: a task that waits, or a callback. Tasks are their own entries. */
type Scheduled = Stepper | DoneCallback | Awaiter;

/** Who is told when a future is done. What counts tasks is no entry, and never waits for anything but tasks. */
type Waiter = Scheduled | TaskCounter;

/**
 * A result that is not there yet, with the callbacks and tasks that wait for it. Await it with `yield*` in a
 * coroutine or `await` in an async function, once or many times: one that is done suspends nobody. Made by
 * {@linkcode BaseEventLoop.createFuture}.
 *
 * A Future is assignable to `Promise<T>`, and has `then`, `catch` and `finally`. So an async function that returns one returns its result,
 * not the Future itself. What insists on a native promise gets `Promise.resolve(future)`.
 *
 * @example Hand a value from a callback to a coroutine
 * ```ts
 * import { getRunningLoop, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const loop = getRunningLoop();
 *   const future = loop.createFuture<number>();
 *   loop.callLater(1, () => future.setResult(5));
 *   assertEquals(yield* future, 5);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export class Future<T> implements Awaitable<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** @ignore */
  declare _loop: BaseEventLoop;
  /** @ignore */
  declare _state: number;
  /** @ignore The result, the exception, or the CancelledError to raise first. */
  declare _value: unknown;
  /** @ignore One waiter is stored without an array. */
  declare _waiters: Waiter | Waiter[] | null;

  /**
   * Makes a future of a loop, by default the current one; `loop.createFuture()` is the usual way.
   *
   * @throws {RuntimeError} if no loop is given and there is no current one
   */
  constructor(loop?: BaseEventLoop) {
    this._loop = loop ?? getEventLoop() as BaseEventLoop;
    // Here, and not where they are declared: V8 does not inline the constructor of a class with such fields into those of its subclasses.
    this._state = PENDING;
    this._value = undefined;
    this._waiters = null;
  }

  /** Whether it has a result or an exception, or was cancelled. */
  done(): boolean {
    return this._state !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this._state === CANCELLED;
  }

  /** The loop that it belongs to. */
  getLoop(): BaseEventLoop {
    return this._loop;
  }

  /**
   * The result.
   *
   * @throws {InvalidStateError} if it is not done
   * @throws {CancelledError} if it was cancelled; the stored exception, if it has one
   */
  result(): T {
    if (this._state === RESOLVED) return this._value as T;
    throw this._outcome("result");
  }

  /**
   * The exception that is stored, or null if it has a result.
   *
   * @throws {InvalidStateError} if it is not done
   * @throws {CancelledError} if it was cancelled
   */
  exception(): unknown {
    if (this._state === RESOLVED) return null;
    if (this._state >= FAILED) return this._outcome("exception");
    throw this._outcome("exception");
  }

  /**
   * Stores the result and schedules everyone who waits.
   *
   * @throws {InvalidStateError} if it is done already
   */
  setResult(value: T): void {
    if (this._state !== PENDING) throw this._alreadyDone("a result");
    this._value = value;
    this._state = RESOLVED;
    if (this._waiters !== null) this._wake();
  }

  /**
   * Stores an exception and schedules everyone who waits. If nobody ever reads it, the loop reports it. An error
   * class is instantiated without arguments.
   *
   * @throws {TypeError} if it is not an Error
   * @throws {InvalidStateError} if the future is done already
   */
  setException(exception: unknown): void {
    if (this._state !== PENDING) throw this._alreadyDone("an exception");
    let error = exception;
    if (typeof error === "function" && error.prototype instanceof Error) error = new (error as new () => Error)();
    if (!(error instanceof Error)) {
      throw new TypeError(
        `Cannot set ${describeKind(exception)} as the exception of a Future: it must be an Error. ` +
          "Wrap it: new Error(message, { cause: value }).",
      );
    }
    this._fail(error);
  }

  /** @ignore Stores whatever was thrown: JavaScript lets code throw what is not an Error, and it must reach someone. */
  _fail(error: unknown): void {
    this._value = error;
    this._state = UNREAD;
    if (this._waiters !== null) this._wake();
    this._loop._failed(this);
  }

  /**
   * Cancels it: whoever waits gets a {@linkcode CancelledError} with the message.
   *
   * @returns false if it is done already
   */
  cancel(message?: string): boolean {
    if (this._state !== PENDING) {
      this._markRead();
      return false;
    }
    this._state = CANCELLED;
    this._value = message;
    if (this._waiters !== null) this._wake();
    return true;
  }

  /**
   * Calls back with this future once it is done, by the loop and never at once. Adding a function twice calls it twice.
   *
   * @throws {TypeError} if the callback is not a plain function
   */
  addDoneCallback(callback: (future: this) => unknown, options?: AddDoneCallbackOptions): void {
    checkCallback(callback, "addDoneCallback");
    const context = options === undefined ? snapshotVars() : contextFrom(options, "add a callback");
    this._addWaiter(new DoneCallback(this as Future<unknown>, callback as (future: never) => unknown, context, null));
  }

  /** Takes a callback back, as often as it was added. Returns how often that was. */
  removeDoneCallback(callback: (future: this) => unknown): number {
    const waiters = this._waiters;
    if (waiters === null) return 0;
    if (!Array.isArray(waiters)) {
      if (!(waiters instanceof DoneCallback) || waiters._callback !== callback) return 0;
      this._waiters = null;
      return 1;
    }
    // In place: thousands may wait for one future, such as that of a shutdown, each beside work of its own.
    let removed = 0;
    for (let index = waiters.length - 1; index >= 0; index--) {
      const waiter = waiters[index];
      if (!(waiter instanceof DoneCallback) || waiter._callback !== callback) continue;
      waiters.splice(index, 1);
      removed++;
    }
    if (waiters.length === 0) this._waiters = null;
    return removed;
  }

  /** Calls one of the two once it is done, as a promise does. What `await` uses. */
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return Awaiter.attach(this, onFulfilled, onRejected);
  }

  /** Calls it if it fails, as a promise does. */
  catch<R2 = never>(onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null): Promise<T | R2> {
    return this.then(undefined, onRejected);
  }

  /** Calls it once it is done, as a promise does. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return finallyOf(this, onFinally);
  }

  /** As a promise has it. */
  get [Symbol.toStringTag](): string {
    return this._kind();
  }

  /** What `yield*` asks for: a future is its own iterator. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this as unknown as Iterator<Suspend, T, unknown>;
  }

  /** @ignore */
  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this._state === RESOLVED) return { done: true, value: this._value as T };
    if (this._state !== PENDING) {
      if (this._state >= FAILED) placeError(this._value, this.next);
      throw this._outcome("result");
    }
    if (value === RESUME || current.parked === this) return notDone(this as Future<unknown>);
    current.parked = this;
    return SUSPENDED;
  }

  /** @ignore */
  throw(error: unknown): IteratorResult<Suspend, T> {
    throw error;
  }

  /** @ignore Called when a `for…of` over it is left, or it is taken apart, which is an error, or its coroutine closed. */
  return(value: T): IteratorResult<Suspend, T> {
    if (current.parked === this) throw iterated();
    return { done: true, value };
  }

  /** @ignore */
  _endedCancelled(): boolean {
    this._markRead();
    return this._state === CANCELLED || (this._state === FAILED && this._value instanceof CancelledError);
  }

  /** @ignore */
  _park(stepper: Stepper): void {
    if (this._loop !== stepper._loop) throwNext(stepper, awaitsForeignFuture(stepper._root, this as Future<unknown>));
    else if ((this as unknown) === stepper) throwNext(stepper, awaitsItself(stepper._root));
    else {
      if (this._waiters === null) this._waiters = stepper;
      else this._addWaiter(stepper);
      stepper._waitOn(this);
    }
  }

  /** @ignore */
  _addWaiter(waiter: Scheduled): void {
    if (this._state !== PENDING) this._loop._schedule(waiter);
    else if (this._waiters === null) this._waiters = waiter;
    else if (Array.isArray(this._waiters)) this._waiters.push(waiter);
    else this._waiters = [this._waiters, waiter];
  }

  /** @ignore */
  _removeWaiter(waiter: Scheduled): void {
    if (this._waiters === waiter) this._waiters = null;
    else if (Array.isArray(this._waiters)) this._waiters = this._waiters.filter((other) => other !== waiter);
  }

  /** @ignore */
  _wake(): void {
    const waiters = this._waiters as Waiter | Waiter[];
    this._waiters = null;
    if (Array.isArray(waiters)) { for (const waiter of waiters) this._loop._schedule(waiter as Runnable); }
    else this._loop._schedule(waiters as Runnable);
  }

  /** @ignore Whoever should know of its exception, if it has one, does: it is not reported. */
  _markRead(): void {
    if (this._state !== UNREAD) return;
    this._state = FAILED;
    if (this._loop._unread.size > 0) forgetUnread(this as Future<unknown>);
  }

  /** @ignore What to throw (or, for a stored exception, to return) to someone who asks for the outcome. */
  _outcome(wanted: string): unknown {
    if (this._state >= FAILED) {
      this._markRead();
      return this._value;
    }
    if (this._state === CANCELLED) {
      // A task's first asker gets the very error that its coroutine ended with, later ones a bare one.
      const value = this._value;
      if (!(value instanceof CancelledError)) return new CancelledError(value as string | undefined);
      this._value = undefined;
      return value;
    }
    return new InvalidStateError(
      `Cannot get the ${wanted} of ${this}: it is not done. Await it first, or ask done().`,
    );
  }

  /** @ignore */
  _alreadyDone(what: string): InvalidStateError {
    return new InvalidStateError(`Cannot set ${what} on ${this}: it is done already. Ask done() before.`);
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<${["Future", ...this._describeState()].join(" ")}>`;
  }

  /** @ignore What it is called in reports. */
  _kind(): string {
    return "Future";
  }

  /** @ignore */
  _describeState(): string[] {
    const parts = [this._state === PENDING ? "pending" : this._state === CANCELLED ? "cancelled" : "finished"];
    if (this._state === RESOLVED) parts.push(`result=${describeValue(this._value)}`);
    if (this._state >= FAILED) parts.push(`exception=${describeValue(this._value)}`);
    const waiters = this._waiters;
    // The prototype, which people may print, has none.
    if (waiters) {
      const all = Array.isArray(waiters) ? waiters : [waiters];
      const shown = all.map((waiter) =>
        waiter instanceof DoneCallback
          ? describeCallable(waiter._callback)
          : waiter instanceof Awaiter
          ? "await"
          : (waiter as Stepper)._root === undefined
          ? String(waiter)
          : "wakeup()"
      );
      if (shown.length > 2) shown.splice(1, shown.length - 2, `<${shown.length - 2} more>`);
      parts.push(`cb=[${shown.join(", ")}]`);
    }
    return parts;
  }
}

/** A future that a part of the module makes for a wait of its own: whoever asks what is waited for hears of that, and not of a future. */
export class NamedFuture<T> extends Future<T> {
  readonly #what: string;
  readonly #of: unknown;

  /** It is called `what` and the readable form of what it is the end of. */
  constructor(loop: BaseEventLoop, what: string, of: unknown) {
    super(loop);
    this.#what = what;
    this.#of = of;
  }

  override toString(): string {
    const of = this.#of as Partial<AnyTask>;
    // A task would say what it waits for in turn, and who waits for it.
    return `<${this.#what} ${of._root === undefined ? of : describeBriefly(of as AnyTask)}>`;
  }
}

/**
 * Whether a value is a future of this module. A task is a future.
 *
 * @example Tell a future from a promise
 * ```ts
 * import { isFuture, newEventLoop } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * const loop = newEventLoop();
 * assert(isFuture(loop.createFuture()));
 * assert(!isFuture(Promise.resolve()));
 * loop.close();
 * ```
 *
 * @category Coroutines
 */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
