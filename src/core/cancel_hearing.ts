/**
 * Whether async code has heard of the cancels that went to it: rules 3 and 4 at the head of `async_code.ts`.
 *
 * @module
 */
import type { AnyAwait, AnyCode, AnyTask } from "./contract.ts";
import { leadsTo } from "./current.ts";

/** By what async code may have been notified of a cancel: the abort of its signal, or the end of an await that nobody may listen to. */
const BY_SIGNAL = 1;
const BY_AWAIT = 2;

/** What there is to know of the cancels of async code. It is made at the first one: most code never meets any. */
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
