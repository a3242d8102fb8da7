/**
 * Tasks for what async code has begun to await and has left behind, such as the losers of a `Promise.race`.
 *
 * @module
 */
import type { AnyAwait, Parkable, Stepper } from "./contract.ts";
import type { CancelledError } from "./cancelled_error.ts";
import { current } from "./current.ts";
import { LazyObject } from "./lazy.ts";
import { FINISHED, type Suspend, SUSPENDED } from "./suspend.ts";

/** The coroutine of such a task. It ends when its strand does, and a cancel of the task goes to the strand. */
export class Leftover extends LazyObject<undefined> implements Parkable {
  readonly #strand: AnyAwait;
  #stepper: Stepper | null = null;
  #over = false;
  #error: CancelledError | null = null;

  constructor(strand: AnyAwait) {
    super();
    this.#strand = strand;
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
    this.#strand.cancelWait((error as Error).message);
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
    this.#strand.cancelWait(message);
    return true;
  }

  forgetCancel(): void {
    this.#strand.forgetCancel();
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

  override toString(): string {
    return String(this.#strand);
  }
}
