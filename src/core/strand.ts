/**
 * A coroutine that async code awaits, stepped as a part of the code's task; and the task for one that the code has left behind, such as the
 * losers of a `Promise.race`.
 *
 * It has the identity and the context of the task: the current task in it is the task. `allTasks()` and task factories do not see it, as
 * CPython's do not see a coroutine that is awaited.
 *
 * @module
 */
import type { AnyCall, AnyCode, AnyTask, ContextOwner, CoroutineObject, Loop, Parkable, Stepper } from "./contract.ts";
import { CancelledError } from "./errors.ts";
import { current, isAsync } from "./current.ts";
import { LazyObject, looseTask } from "./wait.ts";
import { FINISHED, generatorNext, type Suspend, SUSPENDED } from "./suspend.ts";
import { type Snapshot, takeMarkedSnapshot } from "./current_code.ts";
import { Await, type Handler } from "./await.ts";
import { forgetCancel, noteCancelMessage, oweCancel, takeOwnCancel } from "./cancel.ts";
import { Context } from "./context.ts";
import { awaitsItself } from "./misuse.ts";
import { describeCoroutine, describeWait } from "./repr.ts";
import { HAS_SIGNAL, MUST_CANCEL, MUST_THROW, SAME_STEP, step, throwNext } from "./step.ts";
import { abortSignalOf } from "./task_options.ts";

/** The coroutine of such a task. It ends when its strand does, and a cancel of the task goes to the strand. */
export class Leftover extends LazyObject<undefined> implements Parkable {
  /** What was left behind. */
  readonly strand: Strand;
  #stepper: Stepper | null = null;
  #over = false;
  #error: CancelledError | null = null;

  constructor(strand: Strand) {
    super();
    this.strand = strand;
  }

  next(): IteratorResult<Suspend, undefined> {
    if (!this.#over) {
      current.parked = this;
      return SUSPENDED;
    }
    if (this.#error !== null) throw this.#error;
    return FINISHED;
  }

  override throw(error: unknown): IteratorResult<Suspend, undefined> {
    if (this.#over) throw error;
    this.strand.cancelWait((error as Error).message);
    return this.next();
  }

  _park(stepper: Stepper): void {
    this.#stepper = stepper;
    stepper._waitOn(this);
  }

  /** Cancels the strand. */
  cancel(message?: string): boolean {
    if (this.#over) return false;
    // The strand is owed what it cannot deliver at once.
    this.strand.cancelWait(message);
    return true;
  }

  forgetCancel(): void {
    this.strand.forgetCancel();
  }

  _endedCancelled(): boolean {
    return this.#error !== null;
  }

  /** The strand has ended, with a cancel or without. Its outcome goes to whoever awaits it. */
  strandEnded(error: CancelledError | null): void {
    this.#over = true;
    this.#error = error;
    const stepper = this.#stepper;
    if (stepper !== null && stepper._waiter === this) stepper._loop._schedule(stepper);
  }

  /** That of the coroutine which was left behind. */
  methodName(): string {
    return describeCoroutine(this.strand.coroutine);
  }

  override toString(): string {
    const { awaited } = this.strand;
    return awaited === null ? this.methodName() : describeWait(awaited);
  }
}

/** A coroutine in the middle of async code. */
export class Strand extends Await implements Stepper {
  declare readonly code: AnyCode;
  _root: AnyTask;
  readonly _loop: Loop;
  _coro: CoroutineObject<unknown>;
  _call: AnyCall | null = null;
  _waiter: Parkable | null = null;
  _flags = 0;
  _value: unknown = undefined;
  /** Cancels that were asked for by a scope in it, for it alone. */
  #requests = 0;
  #over = false;
  #stepping = false;
  #hasParked = false;
  /** Each AsyncLocalStorage as it was at the `await`, in a task whose steps carry that. */
  #snapshot: Snapshot | null = null;
  /** Stands for it among the tasks, once the code that awaits it has ended. */
  #leftover: Leftover | null = null;

  constructor(
    code: AnyCode,
    coro: CoroutineObject<unknown>,
    onFulfilled: Handler,
    onRejected: Handler,
  ) {
    super(code, onFulfilled, onRejected);
    this._root = code.task as AnyTask;
    this._loop = this._root._loop;
    this._coro = coro;
  }

  get _owner(): ContextOwner {
    return this._root;
  }

  override get coroutine(): CoroutineObject<unknown> {
    return this._coro;
  }

  get awaited(): Parkable | null {
    return this._waiter;
  }

  /** Takes its first step, within the step of the code that awaits it. */
  begin(): void {
    this._flags = SAME_STEP;
    this._loop._stepInside(this);
    this.#hasParked = true;
    if (this.#over) return;
    this.code.parks();
    // A coroutine that is not a generator is the module's own, and calls no code of users.
    if (this._loop._mayKeepStorage && this._root._carriesStorage() && this._coro.next === generatorNext) {
      this.#snapshot = takeMarkedSnapshot();
    }
  }

  /** The loop goes on with it. */
  _run(): void {
    const { stepper } = current;
    current.stepper = this;
    try {
      this._stepNow();
    } finally {
      current.stepper = stepper;
    }
  }

  _goOn(throwsOwed: boolean): void {
    if (!throwsOwed) this._flags |= SAME_STEP;
    this._loop._stepInside(this);
  }

  _stepNow(): void {
    if ((this._flags & SAME_STEP) === 0) this.pullOwed();
    this.#stepping = true;
    if (this.#snapshot === null) this.takeStep();
    else this.#snapshot(() => this.takeStep());
    this.#stepping = false;
  }

  private takeStep(): void {
    const context = this._root._context;
    if (context instanceof Context) this.stepIn(context);
    else step(this);
  }

  private stepIn(context: Context): void {
    const entered = context._entered;
    context._entered = true;
    try {
      step(this);
    } finally {
      context._entered = entered;
    }
  }

  /** What is owed here is thrown in, unless it was passed on to what this waited for. */
  private pullOwed(): void {
    const owed = this._takeOwed();
    if (this.delivered) this.delivered = false;
    else if (owed !== undefined && (this._flags & MUST_THROW) === 0) {
      this._flags |= MUST_CANCEL;
      this._value = owed.message === "" ? undefined : owed.message;
    }
  }

  _owes(): Stepper | null {
    if ((this._flags & MUST_CANCEL) !== 0) return this;
    return this.#leftover === null ? this.code.owesTo(this) : null;
  }

  _takeOwed(): CancelledError | undefined {
    const own = takeOwnCancel(this);
    const above = this.#leftover === null ? this.code.takeOwedFor(this) : null;
    return own ?? above ?? undefined;
  }

  _waitOn(waiter: Parkable): void {
    if (waiter === (this._root as Parkable)) {
      this._root._removeWaiter(this);
      return throwNext(this, awaitsItself(this._root));
    }
    this._waiter = waiter;
    this.delivered = false;
    // Async code is in its first step, and what is owed goes to what it awaits.
    if (!isAsync(waiter)) this.code.deliverOwed(this);
  }

  cancelWait(message: string | undefined): boolean {
    if (this.#over) return false;
    this.cancelPasses(message);
    const waiter = this._waiter;
    if (waiter !== null && waiter.cancel(message)) return true;
    // This cancel and one that is owed already are thrown as one.
    this.delivered = false;
    this.oweSelf(message);
    // In its own step it is owed to what comes next, which may be the end. Async code that waits for the host may not hear of it soon.
    return !this.#stepping && !(isAsync(waiter) && waiter.task !== null);
  }

  override cancelPasses(message: string | undefined): void {
    if ((this._flags & HAS_SIGNAL) !== 0) abortSignalOf(this, message);
  }

  private oweSelf(message: string | undefined): void {
    oweCancel(this, message);
    noteCancelMessage(this._root, message);
  }

  forgetCancel(): void {
    forgetCancel(this);
  }

  breakOff(message: string | undefined): void {
    // What waits for the task of the ring is further inside.
    if (isAsync(this._waiter)) return this._waiter.breakOff(message);
    (this._waiter as unknown as { _removeWaiter(waiter: unknown): void })._removeWaiter(this);
    this._waiter = null;
    this.oweSelf(message);
    this._loop._schedule(this);
  }

  _inherit(message: string | undefined, requests: number): void {
    this.#requests += requests;
    this.oweSelf(message);
  }

  _isSole(): boolean {
    return this.#leftover !== null || this.code.isOnlyWait(this);
  }

  /** The code that awaits it has ended: from now on it belongs to a task that is made for it here, and is cancelled with that. */
  outliveCode(): void {
    if (this._loop.isClosed()) return;
    const leftover = this.#leftover = new Leftover(this);
    const task = this._loop.createTask(leftover);
    this.moveTo(task);
    looseTask(task);
  }

  moveTo(task: AnyTask): void {
    this._root = task;
    if (isAsync(this._waiter)) this._waiter.moveTo(task);
  }

  /** Whether it has ended. */
  done(): boolean {
    return this.#over;
  }

  /** Cancels it, as a scope in it does: the whole task, unless that awaits other things as well. */
  cancel(message?: string): boolean {
    if (this.#over) return false;
    if (this._isSole()) return this._root.cancel(message);
    this.#requests++;
    this.cancelWait(message);
    return true;
  }

  private parent(): Stepper {
    return this.#leftover === null ? this.code.stepper ?? this._root : this._root;
  }

  /** How many cancels were asked for that reach it. */
  cancelling(): number {
    return this.#requests + this.parent().cancelling();
  }

  /** Takes one cancel back; returns how many are left. */
  uncancel(): number {
    if (this.#requests === 0) return this.parent().uncancel();
    this.#requests--;
    const left = this.cancelling();
    if (left === 0) this.forgetCancel();
    return left;
  }

  _returned(value: unknown): void {
    this.endWith(false, value);
  }

  _raised(error: unknown): void {
    // So does a KeyboardInterrupt: the code that awaits may catch it. It leaves the loop when it leaves the task.
    this.endWith(true, error);
  }

  private endWith(failed: boolean, value: unknown): void {
    const { code } = this;
    const cancelled = failed && value instanceof CancelledError;
    this.#over = true;
    if (this.#leftover !== null) {
      this.#leftover.strandEnded(cancelled ? value : null);
    } else {
      if ((this._flags & MUST_CANCEL) !== 0) code.inheritFrom(this, this._value as string | undefined, this.#requests);
      code.awaitEnded(this, cancelled, this.#hasParked);
    }
    if (cancelled) this._loop._rejectsCancelled();
    this.settle(failed, value);
  }

  /** Readable form. */
  override toString(): string {
    return `<await of ${describeCoroutine(this._coro)}>`;
  }
}
