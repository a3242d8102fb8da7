/**
 * Async code as a part of a task: its steps, what it awaits of this module, and the cancels that it has to hear.
 *
 * The loop cannot step async code: after each `await` the host goes on with it in a microtask of its own. The rules that make it as
 * right as a coroutine are kept here:
 *
 * 1. A step of it begins when it is called and when something that it awaits has ended. The step is over when it awaits something of this
 *    module that really parks, when it ends, or when it has not been heard of for some microtasks: then it waits for the host. In
 *    between the loop runs nothing else, see `Scheduler._beginStep`, so that nothing comes between what it was given and its taking it.
 * 2. What it awaits is no task of its own. A coroutine is stepped as a strand of its task, whose first step is taken inside `then`. Strands may
 *    hold parts in turn: task, function, strand, function, strand, …; under `Promise.all` a part has several.
 * 3. A cancel goes to all that it awaits. It is heard if an await of the newest round took it. Older ones may be the losers of a race, to
 *    which nobody listens, and so may those that it began to await together with something that did not suspend: if only they took it, or
 *    only the signal of the task was aborted, it is heard if the part is heard of in the step that this begins. Else it stays owed. The end of
 *    an older await may have been heard by the loser of a race, in its cleanup: who comes back from the host later has not heard of it.
 *    Nor has who waited for an older await that ended, in the meantime, before it was told.
 * 4. What is owed is thrown at the next await of this module, or at the end of the part if it came while that waited for the host. A cancel
 *    from the part's own step is owed to its next await. Where the host hides whether a cancel was heard, it is thrown once more
 *    rather than never.
 * 5. When it ends, what it still awaits goes on in tasks of their own.
 *
 * @module
 */
import type { CoroutineObject, InStep, Parkable, Stepper } from "./contract.ts";
import { currentPart, markedPart } from "./async_storage.ts";
import type { Await, Handler } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { CancelledError } from "./cancelled_error.ts";
import { current } from "./current.ts";
import { LazyObject } from "./lazy.ts";
import { Strand } from "./strand.ts";
import type { LazyAwaitable } from "./suspend.ts";
import type { Task } from "./task.ts";
import { isAsync, leadsTo } from "./wait_chain.ts";

/** By what async code may have been told of a cancel: the abort of its signal, or the end of an await of an earlier round. */
const BY_SIGNAL = 1;
const BY_AWAIT = 2;

/** Async code that runs as a part of a task. */
export abstract class AsyncPart<T> extends LazyObject<T> implements Parkable, InStep {
  /** @internal Tells it from all else that is waited for; on the prototype, so that no instance pays for it. */
  declare readonly "~async": true;
  /** @internal The task that it is a part of, while it runs. */
  _task: Task<unknown> | null = null;
  /** @internal The loop of that task, once it has ended. */
  _leftLoop: BaseEventLoop | null = null;
  /** @internal What waits for its end: its task, or a strand of that. */
  _stepper: Stepper | null = null;
  /** What it awaits, in the order in which it began to. */
  #first: Await | null = null;
  #last: Await | null = null;
  /** Counts what has ended of all that was awaited: an await of an earlier round may be one that nobody listens to. */
  #round = 0;
  /** @internal Not less than 0 in the middle of a step: where it stands among all that are. */
  _stepAt = -1;
  /** Whether it may have been told of the cancel that it is owed, and has if it is heard of within this step; by whom. */
  #offered: typeof BY_SIGNAL | typeof BY_AWAIT | null = null;
  /** A cancel that some of it has heard by an older await: a place that comes back from the host by itself has not. */
  #halfHeard: { readonly message: string | undefined } | null = null;
  /** Whether it was cancelled while it waited for the host. */
  #cancelledAway = false;
  /** In which hop of the loop it last began to await something that parked, and something that did not. */
  #parkedIn = -1;
  #wentOnIn = -1;
  /**
   * Whether the awaits of this round are as uncertain as older ones: both were in one hop, or what this round goes on from may have been a
   * loser of a race, while the host has the rest of the code.
   */
  #uncertain = false;
  /** Whether some of it waits for the host, and has not come back from there by itself. */
  #isAway = false;
  /** What it awaits since before this round is to be cancelled soon; -1 if nothing is. */
  #cancelsOlder = -1;
  /** Whether a cancel is being passed on to what it awaits, and came back to it. */
  #cancelling = false;
  #isInRing = false;
  /** The last round of which an await took a cancel. */
  #heardIn = -1;

  /** @internal */
  abstract _park(stepper: Stepper): void;
  /** @internal */
  abstract _endedCancelled(): boolean;

  /** @internal A step begins, or goes on: it is to be heard of. */
  _beginStep(): void {
    this._task?._loop._beginStep(this);
  }

  /** @internal It awaits something that parks, or has ended. */
  _endStep(): void {
    if (this._stepAt >= 0) this._task?._loop._endStep(this);
  }

  /** @internal It was not heard of: it waits for the host. */
  _unheard(): void {
    this.#offered = null;
    this.#isAway = true;
    // A cancel from its own step, after which it awaits what it had begun before.
    const owes = this.#first === null || this.#cancelledAway ? null : this._stepper?._owes() ?? null;
    if (owes !== null && !this.#first?._delivered) this._cancelAwaits(owes._value as string | undefined);
  }

  /** @internal It goes on: whatever it was offered has been heard. */
  _hear(): void {
    if (this._stepAt < 0) this.#isAway = false;
    const wasAway = this.#cancelledAway;
    this.#cancelledAway = false;
    if (wasAway && this._stepAt >= 0 && this.#offered === null) {
      // It came while this waited for the host, and something that was begun before has come since: it is thrown to whoever waited for that.
      const owes = this._stepper?._owes() ?? null;
      if (owes !== null) this.#halfHeard = { message: owes._value as string | undefined };
    } else if (this.#offered !== null) {
      const error = this._stepper?._takeOwed();
      if (error !== undefined && this.#offered === BY_AWAIT) this.#halfHeard = { message: error.message || undefined };
      this.#offered = null;
      for (let awaited = this.#first; awaited !== null; awaited = awaited._after) awaited._told = false;
    } else if (this.#halfHeard !== null && this._stepAt < 0) {
      this._stepper?._inherit(this.#halfHeard.message, 0);
      this.#halfHeard = null;
    }
  }

  /** @internal What it awaits does not suspend it: its step goes on. */
  _goesOn(): void {
    this._hear();
    this._beginStep();
    this.#wentOnIn = this.#hop();
    if (this.#wentOnIn === this.#parkedIn) this.#uncertain = true;
  }

  /** @internal What it has begun to await parks: its step is over. */
  _parks(): void {
    this._endStep();
    this.#parkedIn = this.#hop();
    if (this.#wentOnIn === this.#parkedIn) this.#uncertain = true;
  }

  #hop(): number {
    return this._task?._loop._hop ?? -2;
  }

  /** @internal Awaits a coroutine, as a strand of the task; returns the promise that `then` must return. */
  _await<V, R1, R2>(
    lazy: LazyAwaitable<V>,
    onFulfilled?: ((value: V) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const { _loop: loop } = this._task as Task<unknown>;
    if (loop.isClosed()) loop._checkClosed();
    // Thrown out of `then`, an error rejects the await; nobody has the promise that `then` would return.
    const coro = lazy[Symbol.iterator]() as CoroutineObject<unknown>;
    return new Promise((resolve, reject) => {
      const strand = new Strand(this as AsyncPart<unknown>, coro, onFulfilled as Handler, onRejected, resolve, reject);
      this._hear();
      this.#add(strand);
      // An `await` calls from a microtask. Who calls `then` by hand in the first step may wait for something else.
      if (current.loop !== null) this.#uncertain = true;
      strand._begin();
    });
  }

  /** @internal Awaits a future that is not done. What is owed is delivered there. */
  _awaits(awaited: Await): void {
    this._hear();
    this._parks();
    this.#add(awaited);
    this._deliver(awaited);
  }

  /** @internal An await waits for something new: a cancel that is owed is given to that, and stays owed until the await goes on. */
  _deliver(awaited: Await): void {
    const owes = this._owesTo(awaited);
    if (owes === null || awaited._awaited === null) return;
    awaited._delivered = awaited._awaited.cancel(owes._value as string | undefined);
  }

  /** @internal Who has a cancel for an await, if that is one of the newest: those that it began with belong to one place of its code. */
  _owesTo(awaited: Await): Stepper | null {
    return awaited._round === this.#round && !awaited._told ? this._stepper?._owes() ?? null : null;
  }

  /** @internal Takes it: the error to throw in place of what has come, if a cancel came between. All that is awaited beside gets it as well. */
  _takeOwedFor(awaited: Await): CancelledError | null {
    const round = this.#round;
    if (awaited._round !== round || awaited._told) return null;
    if (this.#uncertain) {
      // Whether the code hears of it is seen when it goes on.
      const owes = this._stepper?._owes() ?? null;
      return owes === null ? null : new CancelledError(owes._value as string | undefined);
    }
    const error = this._stepper?._takeOwed() ?? null;
    if (error === null) return null;
    for (let other = this.#first, next: Await | null; other !== null; other = next) {
      next = other._after;
      if (other !== awaited && other._round === round && !other._delivered) other._cancel(error.message || undefined);
    }
    return error;
  }

  /** @internal Something that it awaits has ended: its next step begins, or goes on if that has not suspended it. */
  _ended(awaited: Await, cancelled: boolean, hasParked: boolean): void {
    const isCertain = awaited._round === this.#round && !this.#uncertain;
    this.#remove(awaited);
    if (this._task === null) return;
    if (!hasParked) return this._goesOn();
    // Before it could be told of a cancel, of which some other place has heard by now.
    if (awaited._round < this.#cancelsOlder && !cancelled && this.#halfHeard !== null) {
      this._stepper?._inherit(this.#halfHeard.message, 0);
    }
    this.#round++;
    this.#uncertain = this.#isAway && !isCertain;
    this._beginStep();
    if (cancelled && !isCertain && this._stepper?._owes()) this.#offered = BY_AWAIT;
  }

  /** @internal A strand has ended with a cancel that it could not deliver. */
  _inherit(awaited: Await, message: string | undefined, requests: number): void {
    if (awaited._round !== this.#round || this.#heardIn === this.#round) return;
    this._stepper?._inherit(message, requests);
  }

  /** Cancels what it awaits; false if that is not surely heard, so that the cancel stays owed. */
  cancel(message?: string): boolean {
    // In the midst of a step it has something in hand that must not get lost: the cancel is owed to its next await.
    if (this._task === null || this._stepAt >= 0 || currentPart() === (this as unknown)) return false;
    return this._cancelAwaits(message);
  }

  /** @internal Whether this is the host's code in the midst of a step of it. */
  _isInterrupted(): boolean {
    return this._stepAt >= 0 && current.loop === null && markedPart() !== (this as unknown);
  }

  /** @internal */
  _cancelAwaits(message: string | undefined): boolean {
    if (this.#cancelling) return this.#isInRing = true;
    const round = this.#round;
    if (this.#last === null || this.#last._round !== round) {
      // Once told they need not be told again, unless they wait for this in turn.
      if (this.#cancelledAway) this.#breakRings(message);
      else if (this.#first !== null) this.#cancelOlderSoon(round, message);
      this.#cancelledAway = true;
      return false;
    }
    let heard = false;
    this.#cancelling = true;
    for (let awaited: Await | null = this.#first, next: Await | null; awaited !== null; awaited = next) {
      next = awaited._after;
      const took = awaited._cancel(message);
      if (!took || awaited._round !== round) continue;
      if (this.#uncertain) awaited._told = true;
      else heard = true;
    }
    this.#cancelling = false;
    if (this.#isInRing) this.#breakRings(message);
    if (heard) this.#heardIn = round;
    return heard;
  }

  /** Goes on with a cancel where what it awaits waits for it in turn: none of them would ever end. */
  #breakRings(message: string | undefined): void {
    this.#isInRing = false;
    const task = this._task as Task<unknown>;
    for (let awaited: Await | null = this.#first, next: Await | null; awaited !== null; awaited = next) {
      next = awaited._after;
      if (leadsTo(awaited._awaited, task)) awaited._breakOff(message);
    }
  }

  /** @internal */
  _breakOff(message: string | undefined): void {
    this.#breakRings(message);
  }

  /** @internal All that it awaits. */
  _allAwaited(): (Parkable | null)[] {
    const all: (Parkable | null)[] = [];
    for (let awaited = this.#first; awaited !== null; awaited = awaited._after) all.push(awaited._awaited);
    return all;
  }

  /**
   * Cancels what was begun in earlier rounds when the host has run. Until then the code may still be going on in microtasks, and its next await,
   * which hears the cancel, would be taken for the answer to the end of one of these.
   */
  #cancelOlderSoon(round: number, message: string | undefined): void {
    const { _loop: loop } = this._task as Task<unknown>;
    this.#cancelsOlder = round;
    const _run = () => {
      if (this.#cancelsOlder < 0) return;
      this.#cancelsOlder = -1;
      for (let awaited = this.#first, next: Await | null; awaited !== null; awaited = next) {
        next = awaited._after;
        if (awaited._round < round) awaited._cancel(message);
      }
    };
    loop._adapter.hop(() => loop._schedule({ _owner: null, _run }));
  }

  /** @internal A cancel that has not been delivered is taken back. */
  _uncancel(): void {
    this.#cancelledAway = false;
    this.#halfHeard = null;
    this.#cancelsOlder = -1;
    for (let awaited = this.#first; awaited !== null; awaited = awaited._after) awaited._uncancel();
  }

  /** @internal The signal of what it is a part of was aborted: what it awaits of the host rejects now. */
  _offer(): void {
    if (this._task === null) return;
    if (this._stepper?._owes()) {
      this.#offered = BY_SIGNAL;
      this._beginStep();
    }
    for (let awaited = this.#first; awaited !== null; awaited = awaited._after) {
      if (isAsync(awaited._awaited)) awaited._awaited._offer();
    }
  }

  /**
   * @internal The code has ended, or nobody waits for it any more. `isCancelled` says whether it has ended by a cancel. Returns whether a cancel
   * came while it waited for the host.
   */
  _leave(isCancelled = false): boolean {
    if (isCancelled) this.#halfHeard = null;
    const cancelledAway = (this.#cancelledAway || (this.#halfHeard !== null && this._stepAt < 0)) &&
      this.#offered === null;
    this._hear();
    this._endStep();
    // From here on nothing of it runs, so what its storage still marks is nobody's. What it has left behind belongs to the loop.
    this._leftLoop = this._task?._loop ?? null;
    this._task = null;
    this._stepper = null;
    for (let awaited = this.#first, next: Await | null; awaited !== null; awaited = next) {
      next = awaited._after;
      awaited._outlive();
    }
    return cancelledAway;
  }

  /** @internal It is a part of another task from now on. */
  _moveTo(task: Task<unknown>): void {
    if (this._task === null) return;
    this._task = task;
    for (let awaited = this.#first; awaited !== null; awaited = awaited._after) {
      if (awaited instanceof Strand) awaited._moveTo(task);
    }
  }

  /** @internal What it awaits, if that is one thing and surely what it waits for. */
  _onlyAwait(): Await | null {
    const only = this.#first;
    return only !== null && only === this.#last && only._round === this.#round && this._stepAt < 0 ? only : null;
  }

  /** @internal Whether an await is all that its task waits for. */
  _isSole(awaited: Await): boolean {
    return this.#first === awaited && this.#last === awaited && awaited._round === this.#round &&
      (this._stepper?._isSole() ?? true);
  }

  #add(awaited: Await): void {
    const last = this.#last;
    awaited._round = this.#round;
    awaited._before = last;
    if (last === null) this.#first = awaited;
    else last._after = awaited;
    this.#last = awaited;
  }

  #remove(awaited: Await): void {
    const { _before: before, _after: after } = awaited;
    if (before === null) this.#first = after;
    else before._after = after;
    if (after === null) this.#last = before;
    else after._before = before;
    awaited._before = awaited._after = null;
  }
}
Object.defineProperty(AsyncPart.prototype, "~async", { value: true });
