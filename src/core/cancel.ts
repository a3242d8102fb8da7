/**
 * How the cancel of a task reaches what the task waits for, and whether async code on the way has heard of it.
 *
 * @module
 */
import type { AnyAwait, AnyCode, AnyFuture, AnyTask, Parkable, Stepper } from "./contract.ts";
import { CancelledError } from "./errors.ts";
import { isAsync, lastAwait, leadsTo } from "./current.ts";
import { HAS_SIGNAL, MUST_CANCEL, MUST_THROW, requestsIn, withRequests } from "./step.ts";
import { abortSignalOf } from "./task_options.ts";

/**
 * Cancels a task that is not done, by way of what it waits for.
 *
 * What it waits for is cancelled, and the end of that comes back to it as a CancelledError. If there is no such thing, or it cannot be
 * cancelled, the task is owed the cancel: it is thrown at its next step.
 *
 * A task that waits for another one is a link of a chain, and the last task of that is the one to throw at. Async code that awaits one thing is
 * passed through on the way; where it awaits several things, the chain ends, and `AsyncCode.cancel()` cancels them all. Chains can be 100,000 tasks
 * long, so they are followed in a loop and not recursed into.
 *
 * A chain that bites its own tail is a ring, of which no task would ever wake another. It is noticed by Brent's method: the hare meets a
 * tortoise that jumps ahead ever more rarely. Then the ring is broken there: that task waits for nothing any more, and is thrown at.
 * Rings of which a link is one of several awaits are found by the code that has these, see `leadsTo()`.
 */
export function cancelTask(cancelled: AnyTask, message: string | undefined): void {
  const { _onCancel } = cancelled._loop;
  if (_onCancel !== null) _onCancel(cancelled);
  let task = cancelled;
  let tortoise = cancelled;
  let before: AnyTask | null = null;
  for (let steps = 1, jump = 2;; steps++) {
    task._flags = withRequests(task._flags, requestsIn(task._flags) + 1);
    if ((task._flags & HAS_SIGNAL) !== 0) abortSignalOf(task, message);
    const link = lastAwait(task._waiter);
    const awaited = link === null ? task._waiter : link.awaited;
    const next = awaited?._root;
    if (next === tortoise) {
      if (link !== null) return link.breakOff(message);
      owe(task, message);
      return stopWaitingFor(task, tortoise);
    }
    if (next === undefined || next.done()) {
      if (task._waiter?.cancel(message)) return;
      owe(task, message);
      // In the midst of its last step, where but for itself only the host comes by, it may fail and hear of nothing: whoever awaits it is owed it
      // as well.
      if (isAsync(awaited) && awaited.isInterrupted()) before?._inherit(message, 0);
      return;
    }
    if (steps === jump) {
      tortoise = task;
      jump *= 2;
    }
    if (link !== null) abortSignalsBetween(task, message);
    before = task;
    task = next;
  }
}

/** The task is owed the cancel, and remembers its message. */
function owe(task: AnyTask, message: string | undefined): void {
  oweCancel(task, message);
  noteCancelMessage(task, message);
}

/** A cancel is to be thrown at the next step of a task or strand, in place of an error of misuse that waits. */
export function oweCancel(stepper: Stepper, message: string | undefined): void {
  stepper._flags = (stepper._flags & ~MUST_THROW) | MUST_CANCEL;
  stepper._value = message;
}

/** Takes the cancel that a task or strand itself is owed: the error to throw for it. */
export function takeOwnCancel(stepper: Stepper): CancelledError | undefined {
  if ((stepper._flags & MUST_CANCEL) === 0) return undefined;
  const message = stepper._value as string | undefined;
  dropOwnCancel(stepper);
  return new CancelledError(message);
}

/** A cancel that has not been delivered is taken back. */
export function forgetCancel(stepper: Stepper): void {
  if ((stepper._flags & MUST_CANCEL) !== 0) dropOwnCancel(stepper);
  stepper._waiter?.forgetCancel?.();
}

/** A task that is owed a cancel waits: that ends the wait, if it can. */
export function deliverOwed(task: AnyTask, waiter: Parkable): void {
  // A function is in its first step, and what is owed is for what it awaits.
  if (isAsync(waiter)) return;
  if (waiter.cancel(task._value as string | undefined)) dropOwnCancel(task);
}

function dropOwnCancel(stepper: Stepper): void {
  stepper._flags &= ~MUST_CANCEL;
  stepper._value = undefined;
}

function stopWaitingFor(task: AnyTask, awaited: AnyTask): void {
  awaited._removeWaiter(task);
  task._waiter = null;
  task._loop._schedule(task);
}

/** Aborts the signals of the strands by which a task waits for another one. */
function abortSignalsBetween(task: AnyTask, message: string | undefined): void {
  for (let waiter: Parkable | null = task._waiter; isAsync(waiter);) {
    const only = waiter.onlyAwait();
    if (only === null) return;
    only.cancelPasses(message);
    waiter = only.awaited;
  }
}

/**
 * The messages of cancels that tasks have had. A gather that is cancelled says so with the message that its last child was cancelled with,
 * even if that child went on and returned: CPython's tasks remember it for this alone. Few cancels have a message, and a field in every task
 * would cost them all, so it is kept aside.
 */
const messages = new WeakMap<AnyFuture, string>();

/** Notes the message of a cancel that will be thrown at the task's next step; the last one counts. */
export function noteCancelMessage(task: AnyTask, message: string | undefined): void {
  if (message === undefined) messages.delete(task);
  else messages.set(task, message);
}

/** The message of the last cancel that was thrown at a step of a future, if it is a task and there was one. */
export function lastCancelMessage(future: AnyFuture): string | undefined {
  return messages.get(future);
}

/** By what async code may have been notified of a cancel: the abort of its signal, or the end of an await that nobody may listen to. */
const BY_SIGNAL = 1;
const BY_AWAIT = 2;

/**
 * What there is to know of the cancels of async code: whether it has heard of those that went to it, by rules 3 and 4 at the head of `async_code.ts`.
 * It is made at the first one: most code never meets any.
 */
export class CancelHearing {
  readonly #code: AnyCode;
  /** Whether the code may have been notified of the cancel that it is owed, and has if it is heard of within this step; by what. */
  #offered: typeof BY_SIGNAL | typeof BY_AWAIT | null = null;
  /** A cancel that some of the code has heard by an older await: a place that comes back from the host by itself has not. */
  #halfHeard: { readonly message: string | undefined } | null = null;
  /** Whether the code was cancelled while it waited for the host. */
  #cancelledAway = false;
  /** The awaits of rounds before this one are to be cancelled soon; -1 if none are. */
  #cancelsBefore = -1;
  /** Whether a cancel is being passed on to what the code awaits, and whether it has come back to the code on that way. */
  #passing = false;
  #isInRing = false;
  /** The last round of which an await took a cancel. */
  #heardIn = -1;

  constructor(code: AnyCode) {
    this.#code = code;
  }

  /** Cancels what the code awaits; false if that is not surely heard. */
  pass(message: string | undefined): boolean {
    if (this.#passing) return this.#isInRing = true;
    const code = this.#code;
    const { round } = code;
    const awaits = code.awaits();
    if (awaits.at(-1)?.round !== round) {
      // Once told they need not be told again, unless they wait for this in turn.
      if (this.#cancelledAway) this.breakRings(message);
      else if (awaits.length > 0) this.#cancelOlderSoon(message);
      this.#cancelledAway = true;
      return false;
    }
    this.#passing = true;
    if (isDeep() && this.#isSureOf(awaits)) {
      passLater(() => this.#passTo(awaits, message));
      return true;
    }
    return this.#passTo(awaits, message);
  }

  /** Whether a cancel of these is heard for sure: one of them is the await of a task. */
  #isSureOf(awaits: readonly AnyAwait[]): boolean {
    const { isUncertain, round } = this.#code;
    return !isUncertain && awaits.some((one) => one.round === round && one.awaited?._root?.done() === false);
  }

  #passTo(awaits: readonly AnyAwait[], message: string | undefined): boolean {
    const code = this.#code;
    const { round } = code;
    let heard = false;
    const pass = () => {
      for (const awaited of awaits) {
        const took = awaited.cancelWait(message);
        if (!took || awaited.round !== round) continue;
        if (code.isUncertain) awaited.told = true;
        else heard = true;
      }
    };
    passNow(pass, () => {
      this.#passing = false;
      if (this.#isInRing) this.breakRings(message);
    });
    if (heard) this.#heardIn = round;
    return heard;
  }

  /**
   * Cancels what was begun in earlier rounds when the host has run. Until then the code may still be going on in microtasks, and its next await,
   * which hears the cancel, would be taken for the answer to the end of one of these.
   */
  #cancelOlderSoon(message: string | undefined): void {
    const code = this.#code;
    const { _loop: loop } = code.task as AnyTask;
    const { round } = code;
    this.#cancelsBefore = round;
    const _run = () => {
      if (this.#cancelsBefore < 0) return;
      this.#cancelsBefore = -1;
      for (const awaited of code.awaits()) if (awaited.round < round) awaited.cancelWait(message);
    };
    loop._adapter.hop(() => loop._schedule({ _owner: null, _run }));
  }

  /** Goes on with a cancel where what the code awaits waits for it in turn: none of them would ever end. */
  breakRings(message: string | undefined): void {
    this.#isInRing = false;
    const task = this.#code.task as AnyTask;
    for (const awaited of this.#code.awaits()) if (leadsTo(awaited.awaited, task)) awaited.breakOff(message);
  }

  /** The signal of the task or strand was aborted: what the code awaits of the host rejects now. */
  offerBySignal(): void {
    this.#offered = BY_SIGNAL;
  }

  /** An await has ended with a cancel, and nobody may listen to it. */
  offerByAwait(): void {
    this.#offered = BY_AWAIT;
  }

  /** An await has ended, not by a cancel. If it was about to be notified of one, of which some other place has heard by now, its own has not. */
  endedUntold(awaited: AnyAwait): void {
    if (awaited.round >= this.#cancelsBefore || this.#halfHeard === null) return;
    this.#code.stepper?._inherit(this.#halfHeard.message, 0);
  }

  /** Whether an await of a round took a cancel. */
  isHeardIn(round: number): boolean {
    return this.#heardIn === round;
  }

  /** The code goes on: what it was offered has been heard. */
  hear(): void {
    const { stepper, _stepAt } = this.#code;
    const isInStep = _stepAt >= 0;
    const wasAway = this.#cancelledAway;
    this.#cancelledAway = false;
    if (wasAway && isInStep && this.#offered === null) {
      // It came while the code waited for the host, and something that was begun before has come since: it is thrown to whoever waited for that.
      const owes = stepper?._owes() ?? null;
      if (owes !== null) this.#halfHeard = { message: owes._value as string | undefined };
    } else if (this.#offered !== null) {
      const error = stepper?._takeOwed();
      if (error !== undefined && this.#offered === BY_AWAIT) this.#halfHeard = { message: error.message || undefined };
      this.#offered = null;
      for (const awaited of this.#code.awaits()) awaited.told = false;
    } else if (this.#halfHeard !== null && !isInStep) {
      stepper?._inherit(this.#halfHeard.message, 0);
      this.#halfHeard = null;
    }
  }

  /** The code was not heard of, so it has not heard either. Returns whether it was cancelled away from the loop already. */
  unheard(): boolean {
    this.#offered = null;
    return this.#cancelledAway;
  }

  /** The code ends, with a cancel or without. Returns whether a cancel came while it waited for the host, of which it has not heard. */
  end(isCancelled: boolean): boolean {
    if (isCancelled) this.#halfHeard = null;
    const isHalfHeard = this.#halfHeard !== null && this.#code._stepAt < 0;
    return (this.#cancelledAway || isHalfHeard) && this.#offered === null;
  }

  /** A cancel that has not been delivered is taken back. */
  forget(): void {
    this.#cancelledAway = false;
    this.#halfHeard = null;
    this.#cancelsBefore = -1;
  }
}

/**
 * So many pieces of code may pass a cancel on, one inside the other. Code that awaits several things passes it on to one after the other. Where one of
 * them is a task whose code does the same, that is a recursion, and such chains of tasks have no limit. So from this depth on, what comes
 * next is put off until what is under way has returned.
 */
const MAX_DEPTH = 200;
let depth = 0;
/** What passes the cancel on later, and what is called after the last of it. */
const putOff: (() => void)[] = [];
const atTheEnd: (() => void)[] = [];

/** Whether what comes next is to be put off. */
function isDeep(): boolean {
  return depth >= MAX_DEPTH;
}

/** Puts it off. */
function passLater(pass: () => void): void {
  putOff.push(pass);
}

/** Passes a cancel on. `passed` is called when that and everything that it has put off is done. */
function passNow(pass: () => void, passed: () => void): void {
  depth++;
  try {
    pass();
  } finally {
    depth--;
    if (putOff.length === 0) passed();
    else atTheEnd.push(passed);
    if (depth === 0 && putOff.length > 0) catchUp();
  }
}

/** Does what was put off, and what is put off by that. */
function catchUp(): void {
  const errors: unknown[] = [];
  for (const list of [putOff, atTheEnd]) {
    for (const callback of list) {
      // More than none, so that what is put off from here on is only added to the list.
      depth = 1;
      try {
        callback();
      } catch (error) {
        errors.push(error);
      }
    }
  }
  depth = putOff.length = atTheEnd.length = 0;
  if (errors.length > 0) throw errors[0];
}
