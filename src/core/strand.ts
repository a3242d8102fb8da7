/**
 * A coroutine that async code awaits, stepped as a part of the code's task.
 *
 * It has the task's identity, context and counts: whoever asks in it for the current task gets the task, and tasks are all that
 * `allTasks()` and task factories see, as in CPython.
 *
 * @module
 */
import type { AnyCall, AnyCode, AnyTask, ContextOwner, CoroutineObject, Loop, Parkable, Stepper } from "./contract.ts";
import { type Snapshot, takeMarkedSnapshot } from "./async_storage.ts";
import { Await, type Handler } from "./await.ts";
import { forgetCancel, noteCancelMessage, oweCancel, takeOwnCancel } from "./cancel.ts";
import { CancelledError } from "./cancelled_error.ts";
import { Context } from "./context.ts";
import { current } from "./current.ts";
import { looseTask } from "./lazy.ts";
import { awaitsItself } from "./misuse.ts";
import { Leftover } from "./leftover.ts";
import { describeCoroutine } from "./repr.ts";
import { HAS_SIGNAL, MUST_CANCEL, MUST_THROW, SAME_STEP, step, throwNext } from "./step.ts";
import { generatorNext } from "./suspend.ts";
import { abortSignalOf } from "./task_signal.ts";
import { isAsync } from "./wait_chain.ts";

/** A coroutine in the middle of async code. */
export class Strand extends Await implements Stepper {
  /** @internal */
  _root: AnyTask;
  /** @internal */
  readonly _loop: Loop;
  /** @internal */
  _coro: CoroutineObject<unknown>;
  /** @internal */
  _call: AnyCall | null = null;
  /** @internal */
  _waiter: Parkable | null = null;
  /** @internal */
  _flags = 0;
  /** @internal */
  _value: unknown = undefined;
  /** Cancels that were asked for by a scope in it, for it alone. */
  #requests = 0;
  #over = false;
  #stepping = false;
  #hasParked = false;
  /** Each AsyncLocalStorage as it was where it was awaited, in a task whose steps carry that. */
  #snapshot: Snapshot | null = null;
  /** Stands for it among the tasks, once the code that awaits it has ended. */
  #leftover: Leftover | null = null;

  constructor(
    code: AnyCode,
    coro: CoroutineObject<unknown>,
    onFulfilled: Handler,
    onRejected: Handler,
    resolve: (value: never) => void,
    reject: (reason: unknown) => void,
  ) {
    super(code, onFulfilled, onRejected, resolve, reject);
    this._root = code.task as AnyTask;
    this._loop = this._root._loop;
    this._coro = coro;
  }

  /** @internal */
  get _owner(): ContextOwner {
    return this._root;
  }

  /** @internal */
  get awaited(): Parkable | null {
    return this._waiter;
  }

  /** @internal Takes its first step, within the step of the code that awaits it. */
  begin(): void {
    this._flags = SAME_STEP;
    this._loop._stepInside(this);
    this.#hasParked = true;
    if (this.#over) return;
    (this.code as AnyCode).parks();
    // What is no generator is the module's own, and calls nobody's code.
    if (this._loop._mayKeepStorage && this._root._carriesStorage() && this._coro.next === generatorNext) {
      this.#snapshot = takeMarkedSnapshot();
    }
  }

  /** @internal The loop goes on with it. */
  _run(): void {
    const { stepper } = current;
    current.stepper = this;
    try {
      this._stepNow();
    } finally {
      current.stepper = stepper;
    }
  }

  /** @internal */
  _goOn(throwsOwed: boolean): void {
    if (!throwsOwed) this._flags |= SAME_STEP;
    this._loop._stepInside(this);
  }

  /** @internal */
  _stepNow(): void {
    if ((this._flags & SAME_STEP) === 0) this.#pullOwed();
    this.#stepping = true;
    if (this.#snapshot === null) this.#step();
    else this.#snapshot(() => this.#step());
    this.#stepping = false;
  }

  #step(): void {
    const context = this._root._context;
    if (context instanceof Context) this.#stepIn(context);
    else step(this);
  }

  #stepIn(context: Context): void {
    const entered = context._entered;
    context._entered = true;
    try {
      step(this);
    } finally {
      context._entered = entered;
    }
  }

  /** What is owed here is thrown in, but for what was given already to what it waited for. */
  #pullOwed(): void {
    const owed = this._takeOwed();
    if (this.delivered) this.delivered = false;
    else if (owed !== undefined && (this._flags & MUST_THROW) === 0) {
      this._flags |= MUST_CANCEL;
      this._value = owed.message === "" ? undefined : owed.message;
    }
  }

  /** @internal */
  _owes(): Stepper | null {
    if ((this._flags & MUST_CANCEL) !== 0) return this;
    return this.#leftover === null ? (this.code as AnyCode).owesTo(this) : null;
  }

  /** @internal */
  _takeOwed(): CancelledError | undefined {
    const own = takeOwnCancel(this);
    const above = this.#leftover === null ? (this.code as AnyCode).takeOwedFor(this) : null;
    return own ?? above ?? undefined;
  }

  /** @internal */
  _waitOn(waiter: Parkable): void {
    if (waiter === (this._root as Parkable)) {
      this._root._removeWaiter(this);
      return throwNext(this, awaitsItself(this._root));
    }
    this._waiter = waiter;
    this.delivered = false;
    // A function is in its first step, and what is owed is for what it awaits.
    if (!isAsync(waiter)) (this.code as AnyCode).deliverOwed(this);
  }

  /** @internal */
  cancelWait(message: string | undefined): boolean {
    if (this.#over) return false;
    this.cancelPasses(message);
    const waiter = this._waiter;
    if (waiter !== null && waiter.cancel(message)) return true;
    // One that is owed already and this are thrown as one.
    this.delivered = false;
    this.#oweSelf(message);
    // From its own step it is owed to what comes next, which may be the end; a function that waits for the host may not hear of it soon.
    return !this.#stepping && !(isAsync(waiter) && waiter.task !== null);
  }

  /** @internal */
  override cancelPasses(message: string | undefined): void {
    if ((this._flags & HAS_SIGNAL) !== 0) abortSignalOf(this, message);
  }

  #oweSelf(message: string | undefined): void {
    oweCancel(this, message);
    noteCancelMessage(this._root, message);
  }

  /** @internal */
  forgetCancel(): void {
    forgetCancel(this);
  }

  /** @internal */
  breakOff(message: string | undefined): void {
    // Inside of it is who waits for the task of the ring.
    if (isAsync(this._waiter)) return this._waiter.breakOff(message);
    (this._waiter as unknown as { _removeWaiter(waiter: unknown): void })._removeWaiter(this);
    this._waiter = null;
    this.#oweSelf(message);
    this._loop._schedule(this);
  }

  /** @internal */
  _inherit(message: string | undefined, requests: number): void {
    this.#requests += requests;
    this.#oweSelf(message);
  }

  /** @internal */
  _isSole(): boolean {
    return this.#leftover !== null || (this.code as AnyCode).isOnlyWait(this);
  }

  /** @internal The code that awaits it has ended: from now on it is cancelled by a task that is made for it here. */
  outliveCode(): void {
    if (this._loop.isClosed()) return;
    const leftover = this.#leftover = new Leftover(this);
    const task = this._loop.createTask(leftover);
    this.moveTo(task);
    looseTask(task);
  }

  /** @internal */
  moveTo(task: AnyTask): void {
    this._root = task;
    if (isAsync(this._waiter)) this._waiter.moveTo(task);
  }

  /** Whether it has ended. */
  done(): boolean {
    return this.#over;
  }

  /** Cancels it, as a scope in it does: the task, unless that awaits other things beside it. */
  cancel(message?: string): boolean {
    if (this.#over) return false;
    if (this._isSole()) return this._root.cancel(message);
    this.#requests++;
    this.cancelWait(message);
    return true;
  }

  #parent(): Stepper {
    return this.#leftover === null ? (this.code as AnyCode).stepper ?? this._root : this._root;
  }

  /** How many cancels were asked for that reach it. */
  cancelling(): number {
    return this.#requests + this.#parent().cancelling();
  }

  /** Takes one back. */
  uncancel(): number {
    if (this.#requests === 0) return this.#parent().uncancel();
    this.#requests--;
    const left = this.cancelling();
    if (left === 0) this.forgetCancel();
    return left;
  }

  /** @internal */
  _returned(value: unknown): void {
    this.#end(false, value);
  }

  /** @internal */
  _raised(error: unknown): void {
    // A KeyboardInterrupt as well: it leaves the loop when it leaves the task, and the code that awaits may catch it.
    this.#end(true, error);
  }

  #end(failed: boolean, value: unknown): void {
    const code = this.code as AnyCode;
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
