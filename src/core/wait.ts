/**
 * Awaitables that have not begun, and what a task waits with.
 *
 * @module
 */
import type { AnyTask, CoroutineObject, Loop, Parkable, Stepper } from "./contract.ts";
import { currentCode, loopToJoin } from "./current_code.ts";
import { awaitedTwice, iterated } from "./misuse.ts";
import {
  current as importedCurrent,
  NEXT_ITERATION as IMPORTED_NEXT_ITERATION,
  noted as importedNoted,
} from "./current.ts";
import { describeCoroutine, printsAsText } from "./repr.ts";
import {
  finallyOf as importedFinallyOf,
  type LazyAwaitable,
  RESUME as IMPORTED_RESUME,
  type Suspend,
  SUSPENDED as IMPORTED_SUSPENDED,
} from "./suspend.ts";
import { CancelledError } from "./errors.ts";
import { placeError } from "./error_frames.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use, a tenth of a switch.
const current = importedCurrent;
const NEXT_ITERATION = IMPORTED_NEXT_ITERATION;
const noted = importedNoted;
const finallyOf = importedFinallyOf;
const RESUME = IMPORTED_RESUME;
const SUSPENDED = IMPORTED_SUSPENDED;

/**
 * The `then` of everything lazy. In async code of a task it runs as a part of that; elsewhere it becomes a task of its own, on the loop that
 * runs the code or else on the only one that runs.
 */
export function lazyThen<T, R1 = T, R2 = never>(
  lazy: LazyAwaitable<T>,
  onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
  onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
): Promise<R1 | R2> {
  const code = currentCode();
  if (code !== null) return code.awaitCoroutine(lazy, onFulfilled, onRejected);
  let task: AnyTask;
  try {
    task = loopToJoin().createTask(lazy);
    looseTask(task);
  } catch (error) {
    return Promise.reject(error).then(onFulfilled as undefined, onRejected);
  }
  return (task as unknown as Promise<T>).then(onFulfilled, onRejected);
}

/** Notes a task that nobody's code awaits: what ends a program waits for it. */
export function looseTask(task: AnyTask): void {
  const loose = task._loop._loose;
  loose.add(task);
  task.addDoneCallback(() => void loose.delete(task));
}

/** An awaitable that is its own coroutine: one object where a generator would be two. */
export abstract class LazyObject<T> implements LazyAwaitable<T>, CoroutineObject<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** Tells it from a future; on the prototype, so that no instance pays for it. */
  declare readonly "~lazy": true;

  abstract next(value?: unknown): IteratorResult<Suspend, T>;

  /** Whether somebody awaits it, or has: debug mode looks for what nobody ever does. */
  hasBegun(): boolean {
    return true;
  }

  throw(error: unknown): IteratorResult<Suspend, T> {
    throw error;
  }

  /**
   * Called when the coroutine that awaits it is closed.
   *
   * @throws {RuntimeError} if a `for…of` over it is left, or it is taken apart: it yields nothing that anybody could want
   */
  return(value: T): IteratorResult<Suspend, T> {
    if (current.parked === (this as unknown)) throw iterated();
    return { done: true, value };
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return lazyThen(this, onFulfilled, onRejected);
  }

  catch<R2 = never>(onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null): Promise<T | R2> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return finallyOf(this, onFinally);
  }

  /** As a promise has it. */
  get [Symbol.toStringTag](): string {
    return "LazyAwaitable";
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this as unknown as Iterator<Suspend, T, unknown>;
  }

  /** Readable form, for a task that waits for it. */
  toString(): string {
    return describeCoroutine(this);
  }
}
Object.defineProperty(LazyObject.prototype, "~lazy", { value: true });

/** Not awaited yet. */
export const FRESH = 0;
/** A task waits. */
export const WAITING = 1;
/** The wait has ended well, and the task is scheduled. */
export const WOKEN = 2;
/** The wait was cancelled, and the task is scheduled. */
export const CANCELLED = 3;
/** The wait has ended with an error, and the task is scheduled. */
export const FAILED = 4;
/** The await is over. */
export const OVER = 5;

/**
 * A lazy awaitable that is the future of its own wait as well: one object for a sleep, a queue's getter or a lock's acquire, where CPython has a
 * coroutine, a future and an entry in a queue. Exactly one task waits on it, and it is awaited once.
 *
 * A subclass says what is its own, as each primitive of Trio does with a ParkingLot:
 *
 * - `tryNow()` at the begin of the await: takes what is there, or returns null if the task must wait
 * - `enter()` when the task waits: joins the line, sets the timer. Nothing enters anything before: only what a task waits on will be left again
 * - `woken()` when the task goes on after {@linkcode BareWait.wake}: takes what it was woken for, or returns null to wait again
 * - `leave()` when a wait is over, in whatever way: leaves the line
 * - `gaveUp(granted)` after `leave()`, when the task was cancelled or its coroutine closed: hands on what the wait had been woken for
 * - `methodName()` for messages
 *
 * Whoever knows that the wait is over calls {@linkcode BareWait.wake} or {@linkcode BareWait.fail}.
 *
 * What is awaited all the time (a lock, an event, a queue, a sleep) extends this class, declares the fields itself, and where it matters has a
 * `next` of its own with the same lines. What the constructor of a class writes, and whom its methods call, is known to the engines only while it
 * serves few classes. In a program with several primitives V8 makes a wait three times as fast by its own fields, so that a free lock costs a
 * quarter and a hand-over by a queue half; and JavaScriptCore would take half as long again for a free lock by the shared `next`. Everything else
 * extends {@linkcode Wait}.
 */
export abstract class BareWait<T> extends LazyObject<T> implements Parkable {
  /** Where the await stands: `FRESH`, which it is at first, `WAITING`, … */
  abstract phase: number;
  /** The task that waits, or the strand of one; stale once the wait is over. At first null. */
  abstract stepper: Stepper | null;
  /** The message of the cancel that ended the wait, or the error that did. At first undefined. */
  abstract reason: unknown;

  /** The loop of the task that waits. */
  get loop(): Loop {
    return (this.stepper as Stepper)._loop;
  }

  /** The method whose call this is, without parentheses; for messages. */
  abstract methodName(): string;

  override hasBegun(): boolean {
    return this.phase !== FRESH;
  }

  /** The begin of the await: its result, or null if the task must wait. It may throw. */
  abstract tryNow(): IteratorResult<Suspend, T> | null;

  /** A task waits from now on. */
  enter(): void {}

  /** The wait is over, and the task goes on or is closed. Called as well where a wait did not come to `enter()`. */
  leave(): void {}

  /** The result after the task was woken, or null if it must wait again. It may throw. By default it tries again. */
  woken(): IteratorResult<Suspend, T> | null {
    return this.tryNow();
  }

  /** The await ends without a result, for the task was cancelled or closed; `granted` says whether the wait had been woken before. */
  gaveUp(_granted: boolean): void {}

  /** The task that has what is waited for, and has to hand it on; null if there is none, or it is not known. */
  heldBy(): AnyTask | null {
    return null;
  }

  /** Suspends the task for one turn of the loop, after which it is woken; returned from `tryNow()` or `woken()`. */
  letOthersRun(): IteratorResult<Suspend, T> {
    this.phase = WOKEN;
    current.parked = NEXT_ITERATION;
    return SUSPENDED;
  }

  /** Ends the wait. Does nothing unless a task waits; returns whether it did. */
  wake(): boolean {
    if (this.phase !== WAITING) return false;
    this.phase = WOKEN;
    const stepper = this.stepper as Stepper;
    stepper._loop._schedule(stepper);
    return true;
  }

  /** Ends the wait with an error, which the task gets. Does nothing unless a task waits; returns whether it did. */
  fail(error: unknown): boolean {
    return endWait(this, FAILED, error);
  }

  /** Ends the wait with a CancelledError. Does nothing unless a task waits; returns whether it did. */
  cancel(message?: string): boolean {
    return endWait(this, CANCELLED, message);
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      this.goOn();
      return this.woken() ?? this.suspend();
    }
    if (this.phase !== FRESH) return this.askedAgain();
    this.phase = OVER;
    return this.tryNow() ?? this.suspend();
  }

  /** The await has begun already. Returns what to tell somebody who only looks into the coroutine that awaits, or throws. */
  askedAgain(): IteratorResult<Suspend, never> {
    return awaitedTwice(`${this.methodName()}()`);
  }

  /** The task goes on. Throws what ended the wait in another way than well. */
  goOn(): void {
    const { phase } = this;
    this.phase = OVER;
    this.leave();
    if (phase === CANCELLED || phase === FAILED) throwEnd(this, phase);
  }

  /** Suspends the task; it may be the second time. */
  suspend(): IteratorResult<Suspend, T> {
    this.phase = WAITING;
    current.parked = this;
    return SUSPENDED;
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    abandon(this);
    throw error;
  }

  override return(value: T): IteratorResult<Suspend, T> {
    abandon(this);
    if (current.parked === NEXT_ITERATION) throw iterated();
    return super.return(value);
  }

  /** @ignore Called by the task that has yielded here. */
  _park(stepper: Stepper): void {
    this.stepper = stepper;
    this.enter();
    stepper._waitOn(this);
  }

  /** @ignore */
  _endedCancelled(): boolean {
    return this.phase === CANCELLED;
  }

  override toString(): string {
    return `<${this.methodName()}>`;
  }
}

/** A wait as most are: see {@linkcode BareWait}. */
export abstract class Wait<T> extends BareWait<T> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;

  constructor() {
    super();
    noted(this);
  }
}

/** Ends a wait in another way than well. */
function endWait(wait: BareWait<unknown>, phase: number, reason: unknown): boolean {
  if (wait.phase !== WAITING) return false;
  wait.phase = phase;
  wait.reason = reason;
  const stepper = wait.stepper as Stepper;
  stepper._loop._schedule(stepper);
  return true;
}

/** Throws what ended a wait. */
function throwEnd(wait: BareWait<unknown>, phase: number): never {
  if (phase === FAILED) {
    placeError(wait.reason, wait.next);
    throw wait.reason;
  }
  wait.gaveUp(false);
  throw new CancelledError(wait.reason as string | undefined);
}

/** The coroutine that awaits is closed, or something is thrown into it. */
function abandon(wait: BareWait<unknown>): void {
  const { phase } = wait;
  wait.phase = OVER;
  if (phase === FRESH || phase === OVER) return;
  wait.leave();
  wait.gaveUp(phase === WOKEN);
  // The task is still there, whatever became of its coroutine: a cancel must be able to wake it.
  if (phase === WAITING) wait.phase = WAITING;
}
