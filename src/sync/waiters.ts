/**
 * Tasks that wait in line.
 *
 * @module
 */
import { CANCELLED, Wait } from "../core/wait.ts";

/**
 * A wait that stands in a line. It enters the line when its task suspends, and stays there, though woken or cancelled,
 * until that task runs: those who come meanwhile see that somebody is before them.
 */
export abstract class LineWait<T> extends Wait<T> {
  /** Where it stands, or will stand. */
  readonly line: Waiters;
  /** Whether it stands there. */
  inLine = false;
  /** Who stands before it. */
  before: LineWait<unknown> | null = null;
  /** Who stands behind it. */
  behind: LineWait<unknown> | null = null;

  constructor(line: Waiters) {
    super();
    this.line = line;
  }

  override enter(): void {
    this.line.push(this);
  }

  override leave(): void {
    this.line.remove(this);
  }
}

/** A line of waiting tasks: first come, first served, and leaving it costs the same anywhere. */
export class Waiters {
  #first: LineWait<unknown> | null = null;
  #last: LineWait<unknown> | null = null;
  /** How many stand in the line, those included that are woken or cancelled and have not run yet. */
  length = 0;

  /** Appends a wait. */
  push(wait: LineWait<unknown>): void {
    wait.inLine = true;
    wait.before = this.#last;
    wait.behind = null;
    if (this.#last === null) this.#first = wait;
    else this.#last.behind = wait;
    this.#last = wait;
    this.length++;
  }

  /** Takes a wait out, if it is in. */
  remove(wait: LineWait<unknown>): void {
    if (!wait.inLine) return;
    wait.inLine = false;
    const { before, behind } = wait;
    if (before === null) this.#first = behind;
    else before.behind = behind;
    if (behind === null) this.#last = before;
    else behind.before = before;
    wait.before = wait.behind = null;
    this.length--;
  }

  /** Whether everyone in the line was cancelled; true for an empty line. */
  allCancelled(): boolean {
    for (let wait = this.#first; wait !== null; wait = wait.behind) {
      if (wait.phase !== CANCELLED) return false;
    }
    return true;
  }

  /** Wakes the first, unless it is woken or cancelled already. */
  wakeFirst(): void {
    this.#first?.wake();
  }

  /** Wakes the first that still waits, which stays in the line; false if there is none. */
  wakeNext(): boolean {
    for (let wait = this.#first; wait !== null; wait = wait.behind) {
      if (wait.wake()) return true;
    }
    return false;
  }

  /** Wakes the first `n` that still wait, in order; they stay in the line. */
  wake(n: number): void {
    for (let wait = this.#first; wait !== null && n > 0; wait = wait.behind) {
      if (wait.wake()) n--;
    }
  }

  /** Takes waits out until one still waited, and wakes it; false if there was none. */
  releaseNext(): boolean {
    for (let wait = this.#first; wait !== null; wait = this.#first) {
      this.remove(wait);
      if (wait.wake()) return true;
    }
    return false;
  }

  /** Takes everyone out and wakes those who still wait. */
  releaseAll(): void {
    while (this.releaseNext());
  }
}
