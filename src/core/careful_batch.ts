/**
 * Running the entries of one iteration one by one.
 *
 * @module
 */
import type { CoreAdapter } from "../adapters/adapter.ts";
import type { AnyCode, AnyTask, InStep, Loop, LoopObserver, Runnable } from "./contract.ts";
import { debugging } from "./current.ts";
import type { Ring } from "./lists.ts";

/** What is left of a batch that turns inside of it have run. */
export const TAKEN_OVER = -1;

/**
 * Asked before a batch, of which so many entries are left: it brings the one forward that is to be next, and returns how many run before it is asked
 * again, unless async code stops the batch before. `ran` is how many have run since it was asked. What it throws leaves the loop, and the
 * entries stay.
 */
export type Choose = (ready: Ring<Runnable>, left: number, ran: number) => number;

/** What a batch asks of its loop. */
export interface CarefulLoop {
  readonly _adapter: CoreAdapter;
  readonly _debug: boolean;
  readonly slowCallbackDuration: number;
  readonly _observer: LoopObserver | null;
  _reportSlow(what: object, took: number): void;
}

/** For where an entry may turn the host's loop, where somebody chooses the next, and under the clock in debug mode or while somebody is told. */
export class CarefulBatch {
  readonly #loop: CarefulLoop;
  readonly #ready: Ring<Runnable>;
  readonly #inStep: readonly InStep[];
  /** Who chooses which entry is next; null for first come, first served. */
  choose: Choose | null = null;
  /** How many entries have run since `choose` was asked. */
  #ran = 0;
  /** Tells the batch that runs from those of turns inside of it; and how many of its entries have not begun. */
  #number = 0;
  #unrun = 0;

  /** The clock after the last entry of this turn that ran under it; less than 0 before the first. */
  #clock = -1;
  /** Debug mode: whether async code is in the middle of a step, and its task. */
  timesAsync = false;
  #asyncTask: AnyTask | null = null;

  constructor(loop: CarefulLoop, ready: Ring<Runnable>, inStep: readonly InStep[]) {
    this.#loop = loop;
    this.#ready = ready;
    this.#inStep = inStep;
  }

  /**
   * Runs as many entries, or up to one in which a step of async code begins; returns how many are left, or {@linkcode TAKEN_OVER}. Each stays the
   * first while it runs.
   */
  run(count: number): number {
    const { _observer: observer, _adapter: adapter } = this.#loop;
    if (observer !== null) observer.begins(count, adapter.now());
    if (this.choose === null) return this.#runOneByOne(count);
    for (let left = count; left > 0;) {
      const chosen = this.choose(this.#ready, left, this.#ran);
      this.#ran = chosen;
      const over = this.#runOneByOne(chosen);
      if (over === TAKEN_OVER) return TAKEN_OVER;
      this.#ran = chosen - over;
      left -= this.#ran;
      if (this.#inStep.length !== 0) return left;
    }
    return 0;
  }

  /** A turn inside of the entry that runs goes on with the batch: returns how many entries are left for it. */
  takeOver(): number {
    this.#number++;
    this.#ready.drop();
    return this.#unrun;
  }

  #runOneByOne(count: number): number {
    const { _debug, _observer } = this.#loop;
    return _debug || _observer !== null ? this.#runTimed(count) : this.#runUntimed(count);
  }

  /** Where a turn inside has gone on with the batch, nothing is left to do here. */
  #runUntimed(count: number): number {
    const ready = this.#ready;
    const own = ++this.#number;
    for (let left = count - 1; left >= 0; left--) {
      this.#unrun = left;
      try {
        (ready.first() as Runnable)._run();
      } finally {
        if (this.#number === own) ready.drop();
      }
      if (this.#number !== own) return TAKEN_OVER;
      if (this.#inStep.length !== 0) return left;
    }
    return 0;
  }

  #runTimed(count: number): number {
    const loop = this.#loop;
    let left = count;
    let before = this.#clock < 0 ? loop._adapter.now() : this.#clock;
    for (; left > 0 && this.#inStep.length === 0; left--) {
      const entry = this.#ready.first() as Runnable;
      if (this.#runUntimed(1) === TAKEN_OVER) return TAKEN_OVER;
      const after = loop._adapter.now();
      if (loop._debug && after - before >= loop.slowCallbackDuration) {
        loop._reportSlow(entry._root ?? entry, after - before);
      }
      if (loop._observer !== null) loop._observer.ran(entry, before, after);
      before = after;
    }
    this.#clock = before;
    if (loop._debug) this.#endTimed();
    return left;
  }

  #endTimed(): void {
    const code = this.#inStep[0] as AnyCode | undefined;
    if (code === undefined) return this.#tellDebug();
    // It goes on in microtasks, and has not awaited yet what it has just made.
    this.#asyncTask = code.task;
    this.timesAsync = true;
  }

  #tellDebug(): void {
    debugging.hooks?.batchEnded(this.#loop as unknown as Loop);
  }

  /** A turn begins: the host had the time before. */
  beginTurn(): void {
    this.#clock = -1;
  }

  /** Debug mode: a step of async code is over, which has gone on in microtasks since the batch stopped. */
  asyncStepEnded(): void {
    const loop = this.#loop;
    const task = this.#asyncTask;
    this.#asyncTask = null;
    this.timesAsync = false;
    const took = loop._adapter.now() - this.#clock;
    if (task !== null && took >= loop.slowCallbackDuration) loop._reportSlow(task, took);
    this.#tellDebug();
  }
}
