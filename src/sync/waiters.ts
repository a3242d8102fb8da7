/**
 * Tasks that wait in line.
 *
 * @module
 */
import { current } from "../core/current.ts";
import { FRESH, OVER, Wait, WAIT_CANCELLED, WAITING, WOKEN } from "../core/lazy.ts";
import type { Suspend } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";

/**
 * A wait that stands in a line. It enters the line when its task suspends, and stays there, though woken or cancelled,
 * until that task runs: those who come meanwhile see that somebody is before them.
 */
export abstract class LineWait<T> extends Wait<T> {
  /** @internal */
  _line: Waiters;
  /** @internal Whether it stands in the line. */
  _inLine = false;
  /** @internal Who stands before and behind it. */
  _before: LineWait<unknown> | null = null;
  /** @internal */
  _behind: LineWait<unknown> | null = null;

  constructor(line: Waiters) {
    super();
    this._line = line;
  }

  /** @internal The wait ended by an error; `granted` says whether it had been woken, so that somebody else must be. */
  abstract _gaveUp(granted: boolean): void;

  override _park(task: Task<unknown>): void {
    // Here and not in next(): only what a task suspends on may stand in the line, or nobody would ever take it out.
    this._line.push(this);
    super._park(task);
  }

  /** @internal Leaves the line for good. Gives whether the wait was cancelled. */
  _leave(): boolean {
    const cancelled = this._phase === WAIT_CANCELLED;
    this._phase = OVER;
    this._line.remove(this);
    return cancelled;
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    this.#abandon();
    throw error;
  }

  override return(value: T): IteratorResult<Suspend, T> {
    const waiting = this._phase === WAITING;
    this.#abandon();
    // The task is still there, whatever became of its coroutine: a cancel must be able to wake it.
    if (waiting) this._phase = WAITING;
    return super.return(value);
  }

  #abandon(): void {
    const phase = this._phase;
    this._leave();
    if (phase !== FRESH && phase !== OVER) this._gaveUp(phase === WOKEN);
  }

  /** @internal Ends an await that was never meant: the object is used for the second time. */
  _forget(): void {
    if (current.parked === (this as unknown)) current.parked = null;
  }
}

/** A line of waiting tasks: first come, first served, and leaving it costs the same anywhere. */
export class Waiters {
  /** @internal */
  _first: LineWait<unknown> | null = null;
  #last: LineWait<unknown> | null = null;
  /** How many stand in the line, those included that are woken or cancelled and have not run yet. */
  length = 0;

  /** Appends a wait. */
  push(wait: LineWait<unknown>): void {
    wait._inLine = true;
    wait._before = this.#last;
    wait._behind = null;
    if (this.#last === null) this._first = wait;
    else this.#last._behind = wait;
    this.#last = wait;
    this.length++;
  }

  /** Takes a wait out, if it is in. */
  remove(wait: LineWait<unknown>): void {
    if (!wait._inLine) return;
    wait._inLine = false;
    const { _before: before, _behind: behind } = wait;
    if (before === null) this._first = behind;
    else before._behind = behind;
    if (behind === null) this.#last = before;
    else behind._before = before;
    wait._before = wait._behind = null;
    this.length--;
  }

  /** Whether everyone in the line was cancelled; true for an empty line. */
  allCancelled(): boolean {
    for (let wait = this._first; wait !== null; wait = wait._behind) {
      if (wait._phase !== WAIT_CANCELLED) return false;
    }
    return true;
  }

  /** Wakes the first, unless it is woken or cancelled already. */
  wakeFirst(): void {
    this._first?._wakeUp();
  }

  /** Wakes the first that still waits, which stays in the line; false if there is none. */
  wakeNext(): boolean {
    for (let wait = this._first; wait !== null; wait = wait._behind) {
      if (wait._wakeUp()) return true;
    }
    return false;
  }

  /** Wakes the first `n` that still wait, in order; they stay in the line. */
  wake(n: number): void {
    for (let wait = this._first; wait !== null && n > 0; wait = wait._behind) {
      if (wait._wakeUp()) n--;
    }
  }

  /** Takes waits out until one still waited, and wakes it; false if there was none. */
  releaseNext(): boolean {
    for (let wait = this._first; wait !== null; wait = this._first) {
      this.remove(wait);
      if (wait._wakeUp()) return true;
    }
    return false;
  }

  /** Takes everyone out and wakes those who still wait. */
  releaseAll(): void {
    while (this.releaseNext());
  }
}
