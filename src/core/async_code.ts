/**
 * Async code as a part of a task: its steps, and what it awaits of this module.
 *
 * The loop cannot step async code: after each `await` the host goes on with it in a microtask of its own. The rules that make it as
 * right as a coroutine are these:
 *
 * 1. A step begins when the code is called, and when something that it awaits has ended. It is over when the code awaits something of this
 *    module that really parks, when the code ends, or when it has not been heard of for some microtasks: then it waits for the host. While a
 *    step lasts the loop runs nothing else, see `Scheduler._beginStep`: nothing comes between what the code was given and its taking it.
 * 2. What it awaits is no task of its own. A coroutine is stepped as a strand of the task, and takes its first step inside `then`. A strand may
 *    wait for async code in turn: task, code, strand, code, strand, …; under `Promise.all` code has several strands.
 * 3. A cancel goes to all that it awaits. The awaits that it has begun since the last of them ended are those of one round. A cancel is heard
 *    if an await of the newest round took it. Older ones may be the losers of a race, to which nobody listens; so may those that began
 *    together with something that did not suspend. If only such an await took it, or only the signal of the task was aborted, it is heard if
 *    the code is heard of in the step that this begins. Else it stays owed. The end of an older await may have been heard by the loser of a
 *    race, in its cleanup: a place of the code that comes back from the host later has not heard of it. Nor has a place that waited for an older
 *    await which ended before that was told.
 * 4. What is owed is thrown at the next await of this module, or at the end of the code if it came while that waited for the host. A cancel
 *    from the code's own step is owed to its next await. Where the host hides whether a cancel was heard, it is thrown once more
 *    rather than never.
 * 5. When the code ends, what it still awaits goes on in tasks of their own.
 *
 * From the first cancel on, `cancel_hearing.ts` knows what has been heard.
 *
 * @module
 */
import type { AnyAwait, AnyTask, CoroutineObject, InStep, Loop, Parkable, Stepper } from "./contract.ts";
import { currentCode, markedCode } from "./current_code.ts";
import { type Handler, takeSettlers } from "./await.ts";
import { CancelHearing } from "./cancel.ts";
import { CancelledError } from "./errors.ts";
import { current, isAsync } from "./current.ts";
import { LazyObject } from "./wait.ts";
import { Strand } from "./strand.ts";
import type { LazyAwaitable } from "./suspend.ts";

/** Async code that runs as a part of a task. What it is, a subclass knows: see `async_run.ts`. */
export abstract class AsyncCode<T> extends LazyObject<T> implements Parkable, InStep {
  /** Tells it from all else that is waited for; on the prototype, so that no instance pays for it. */
  declare readonly "~async": true;
  /** The task that it is a part of, while it runs. */
  declare task: AnyTask | null;
  /** The loop of that task, once it has ended. */
  declare leftLoop: Loop | null;
  /** What waits for its end: its task, or a strand of that. */
  declare stepper: Stepper | null;
  /** Counts what has ended of all that was awaited: an await of an earlier round may be one that nobody listens to. */
  declare round: number;
  /**
   * Whether the awaits of this round are as uncertain as older ones: both were in one hop, or what this round goes on from may have been a
   * loser of a race, while the host has the rest of the code.
   */
  declare isUncertain: boolean;
  /** Not less than 0 in the middle of a step: where it stands among all that are. */
  declare _stepAt: number;
  /** What it awaits, in the order in which it began to. */
  declare private first: AnyAwait | null;
  declare private last: AnyAwait | null;
  /** In which hop of the loop it last began to await something that parked, and something that did not. */
  declare private parkedIn: number;
  declare private wentOnIn: number;
  /** Whether some of it waits for the host, and has not come back from there by itself. */
  declare private isAway: boolean;
  /** What it has heard of cancels; null before the first one. */
  declare private hearing: CancelHearing | null;

  /** Without it the engine hands the arguments of a subclass on in an array. */
  constructor() {
    super();
    // For the sake of V8 they are set here, as in a Future.
    this.task = this.leftLoop = this.stepper = null;
    this.round = 0;
    this.isUncertain = this.isAway = false;
    this._stepAt = this.parkedIn = this.wentOnIn = -1;
    this.first = this.last = this.hearing = null;
  }

  abstract _park(stepper: Stepper): void;
  abstract _endedCancelled(): boolean;

  /** A step begins, or goes on: it is to be heard of. */
  beginStep(): void {
    this.task?._loop._beginStep(this);
  }

  /** It awaits something that parks, or has ended. */
  endStep(): void {
    if (this._stepAt >= 0) this.task?._loop._endStep(this);
  }

  /** It was not heard of: it waits for the host. */
  _unheard(): void {
    this.isAway = true;
    if (this.hearing?.unheard() === true || this.first === null) return;
    // A cancel from its own step, after which it awaits what it had begun before.
    const owes = this.stepper?._owes() ?? null;
    if (owes !== null && !this.first.delivered) this.cancelAwaits(owes._value as string | undefined);
  }

  /** It goes on: it is heard of. */
  hear(): void {
    if (this._stepAt < 0) this.isAway = false;
    if (this.hearing !== null) this.hearing.hear();
  }

  /** What it awaits does not suspend it: its step goes on. */
  goesOn(): void {
    this.hear();
    this.beginStep();
    this.wentOnIn = this.hop();
    if (this.wentOnIn === this.parkedIn) this.isUncertain = true;
  }

  /** What it has begun to await parks: its step is over. */
  parks(): void {
    this.endStep();
    this.parkedIn = this.hop();
    if (this.wentOnIn === this.parkedIn) this.isUncertain = true;
  }

  private hop(): number {
    return this.task?._loop._hop ?? -2;
  }

  /** Awaits a coroutine, as a strand of the task; returns the promise that `then` must return. */
  awaitCoroutine<V, R1, R2>(
    lazy: LazyAwaitable<V>,
    onFulfilled?: ((value: V) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const { _loop: loop } = this.task as AnyTask;
    if (loop.isClosed()) loop._checkClosed();
    // Thrown out of `then`, an error rejects the await; nobody has the promise that `then` would return.
    const coro = lazy[Symbol.iterator]() as CoroutineObject<unknown>;
    const promise = new Promise<R1 | R2>(takeSettlers);
    const strand = new Strand(this as AsyncCode<unknown>, coro, onFulfilled as Handler, onRejected);
    this.hear();
    this.add(strand);
    // An `await` calls from a microtask. Who calls `then` by hand in the first step may wait for something else.
    if (current.loop !== null) this.isUncertain = true;
    strand.begin();
    return promise;
  }

  /** Awaits a future that is not done. What is owed is delivered there. */
  awaitFuture(awaited: AnyAwait): void {
    this.hear();
    this.parks();
    this.add(awaited);
    this.deliverOwed(awaited);
  }

  /** Something that it awaits has ended: its next step begins, or goes on if that has not suspended it. */
  awaitEnded(awaited: AnyAwait, cancelled: boolean, hasParked: boolean): void {
    const isCertain = awaited.round === this.round && !this.isUncertain;
    this.remove(awaited);
    if (this.task === null) return;
    if (!hasParked) return this.goesOn();
    if (!cancelled) this.hearing?.endedUntold(awaited);
    this.round++;
    this.isUncertain = this.isAway && !isCertain;
    this.beginStep();
    if (cancelled && !isCertain && this.stepper?._owes()) this.hearCancels().offerByAwait();
  }

  /** An await waits for something new: a cancel that is owed is passed on to that, and stays owed until the await goes on. */
  deliverOwed(awaited: AnyAwait): void {
    const owes = this.owesTo(awaited);
    if (owes === null || awaited.awaited === null) return;
    awaited.delivered = awaited.awaited.cancel(owes._value as string | undefined);
  }

  /** Who owes a cancel to an await, if that is of the newest round: the awaits of one round belong to one place of the code. */
  owesTo(awaited: AnyAwait): Stepper | null {
    return awaited.round === this.round && !awaited.told ? this.stepper?._owes() ?? null : null;
  }

  /** Takes it: the error to throw in place of what has come, if a cancel came between. All that is awaited beside is cancelled as well. */
  takeOwedFor(awaited: AnyAwait): CancelledError | null {
    const { round } = this;
    if (awaited.round !== round || awaited.told) return null;
    if (this.isUncertain) {
      // Whether the code hears of it is seen when it goes on. A strand may hear of it and go on for long before that.
      const owes = this.stepper?._owes() ?? null;
      if (owes === null) return null;
      awaited.told = true;
      return new CancelledError(owes._value as string | undefined);
    }
    const error = this.stepper?._takeOwed() ?? null;
    if (error === null) return null;
    for (const other of this.awaits()) {
      if (other !== awaited && other.round === round && !other.delivered) other.cancelWait(error.message || undefined);
    }
    return error;
  }

  /** A strand has ended with a cancel that it could not deliver. */
  inheritFrom(awaited: AnyAwait, message: string | undefined, requests: number): void {
    if (awaited.round !== this.round || this.hearing?.isHeardIn(this.round) === true) return;
    this.stepper?._inherit(message, requests);
  }

  private hearCancels(): CancelHearing {
    return this.hearing ??= new CancelHearing(this as AsyncCode<unknown>);
  }

  /** Cancels what it awaits; false if that is not surely heard, so that the cancel stays owed. */
  cancel(message?: string): boolean {
    // In the midst of a step it has something in hand that must not get lost: the cancel is owed to its next await.
    if (this.task === null || this._stepAt >= 0 || currentCode() === (this as unknown)) return false;
    return this.cancelAwaits(message);
  }

  /** The same in the midst of a step. */
  cancelAwaits(message: string | undefined): boolean {
    return this.hearCancels().pass(message);
  }

  /** Goes on with a cancel where what it awaits waits for it in turn. */
  breakOff(message: string | undefined): void {
    this.hearCancels().breakRings(message);
  }

  /** A cancel that has not been delivered is taken back. */
  forgetCancel(): void {
    this.hearing?.forget();
    for (const awaited of this.awaits()) awaited.forgetCancel();
  }

  /** The signal of what it is a part of was aborted. */
  signalAborted(): void {
    if (this.task === null) return;
    if (this.stepper?._owes()) {
      this.hearCancels().offerBySignal();
      this.beginStep();
    }
    for (const { awaited } of this.awaits()) if (isAsync(awaited)) awaited.signalAborted();
  }

  /** Whether this is the host's code in the midst of a step of it. */
  isInterrupted(): boolean {
    return this._stepAt >= 0 && current.loop === null && markedCode() !== (this as unknown);
  }

  /**
   * The code has ended, or nobody waits for it any more. `isCancelled` says whether it has ended by a cancel. Returns whether a cancel
   * came while it waited for the host.
   */
  leaveTask(isCancelled = false): boolean {
    const cancelledAway = this.hearing?.end(isCancelled) === true;
    this.hear();
    this.endStep();
    // From here on nothing of it runs, so what its storage still marks is nobody's. What it has left behind belongs to the loop.
    this.leftLoop = this.task?._loop ?? null;
    this.task = null;
    this.stepper = null;
    if (this.first !== null) { for (const awaited of this.awaits()) awaited.outliveCode(); }
    return cancelledAway;
  }

  /** It is a part of another task from now on. */
  moveTo(task: AnyTask): void {
    if (this.task === null) return;
    this.task = task;
    for (const awaited of this.awaits()) if (awaited instanceof Strand) awaited.moveTo(task);
  }

  /** All that it awaits now, in the order in which it began to. */
  awaits(): AnyAwait[] {
    const all: AnyAwait[] = [];
    for (let awaited = this.first; awaited !== null; awaited = awaited.after) all.push(awaited);
    return all;
  }

  /** What it awaits, if that is one thing and surely what it waits for. */
  onlyAwait(): AnyAwait | null {
    const only = this.first;
    return only !== null && only === this.last && only.round === this.round && this._stepAt < 0 ? only : null;
  }

  /** Whether an await is all that its task waits for. */
  isOnlyWait(awaited: AnyAwait): boolean {
    return this.first === awaited && this.last === awaited && awaited.round === this.round &&
      (this.stepper?._isSole() ?? true);
  }

  private add(awaited: AnyAwait): void {
    const last = this.last;
    awaited.round = this.round;
    awaited.before = last;
    if (last === null) this.first = awaited;
    else last.after = awaited;
    this.last = awaited;
  }

  private remove(awaited: AnyAwait): void {
    const { before, after } = awaited;
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    awaited.before = awaited.after = null;
  }
}
Object.defineProperty(AsyncCode.prototype, "~async", { value: true });
