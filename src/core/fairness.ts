/**
 * When the host gets its turn, and the batches whose entries are run one by one for that.
 *
 * The loop never blocks its host: after a while it lets it run a task of its own, in which sockets, timers and promises of others make
 * progress. How long a while is, is a policy, and all of it is here.
 *
 * | Rule | Number |
 * | --- | --- |
 * | A turn goes on for a slice of time | {@linkcode SLICE} |
 * | So many entries may run before the clock is read again | {@linkcode FIRST_ENTRIES}, {@linkcode MOST_UNTIMED} |
 * | So many wake-ups are served by microtasks, and then one by a task of the host | {@linkcode QUICK_WAKES} |
 * | So many steps of async code, one after the other, before the clock is read again | {@linkcode FIRST_LOOK}, {@linkcode SECOND_LOOK}, {@linkcode MOST_UNWATCHED} |
 * | So many microtasks are waited for such a step | {@linkcode ASYNC_HOPS} |
 *
 * `tests/core/fairness_test.ts` has a test for each rule, `bench/latency/` what the host notices of them, and the rows `switch`,
 * `async-batch` and `beside-spinning` of `bench/hot_path/` what they cost.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import type { AnyCode, AnyTask, InStep, Loop, LoopObserver, Runnable, Stepper } from "./contract.ts";
import { debugging } from "./current.ts";
import type { Ring } from "./lists.ts";

/** How long a turn goes on before the host gets its task, in milliseconds. */
export const SLICE = 1;

/** The entries that a turn begins with before it reads the clock: a short turn never does, if nothing is timed. */
export const FIRST_ENTRIES = 2;

/** The most entries that run between two looks at the clock, which costs more than a step of a task. */
export const MOST_UNTIMED = 2048;

/** Of so many wake-ups one is served by a task of the host: its own code may wake the loop from microtasks for ever, and must not starve sockets. */
export const QUICK_WAKES = 64;

/**
 * Of the steps of async code that follow one another with nothing but microtasks between, these look at the clock first; a short piece of
 * work has ended before. Later looks come as the steps so far suggest, for 64 steps of 5 ms would keep everything else waiting for 320.
 */
export const FIRST_LOOK = 8;
/** See {@linkcode FIRST_LOOK}. */
export const SECOND_LOOK = 24;

/** The most such steps between two looks. */
export const MOST_UNWATCHED = 32;

/**
 * For so many microtasks async code in the middle of a step is waited for, if it is not heard of before: an await takes one to go on, one
 * to begin the next, and as many again for each function between that ends. A helper eight deep takes ten.
 */
export const ASYNC_HOPS = 12;

/** Decides when a loop lets its host run. */
export class Fairness {
  readonly #adapter: CoreAdapter;
  /** When the turn began; Infinity while the clock was not read. */
  #turnSince = Infinity;
  #quickWakes = 0;
  /** How many steps of async code have followed one another. */
  #steps = 0;
  /** How many there were at the first look at the clock, and when that was; Infinity if there was none. */
  #stepsAtLook = 0;
  #stepsSince = Infinity;
  /** How many more there may be before the next look. */
  #untilLook = FIRST_LOOK;
  /** Whether the slice was over the last time, so that the clock is looked at from the start. */
  #watches = false;

  constructor(adapter: CoreAdapter) {
    this.#adapter = adapter;
  }

  /** Whether the loop may wake up in a microtask; if not, it is the host's turn. */
  wakesQuickly(): boolean {
    if (++this.#quickWakes < QUICK_WAKES) return true;
    this.#quickWakes = 0;
    return false;
  }

  /** The host runs a task of its own just now. */
  hostRuns(): void {
    this.#quickWakes = 0;
  }

  /** Whether a turn that begins now must read the clock. */
  readsClock(): boolean {
    return this.#watches && this.#steps === 0;
  }

  /** A turn begins; `now` is the time, or Infinity if the clock was not read. Returns how many entries may run before it is. */
  beginTurn(now: number): number {
    this.#turnSince = now;
    if (now !== Infinity && this.#watches && this.#steps === 0) this.#stepsSince = now;
    return FIRST_ENTRIES;
  }

  /**
   * The entries that were allowed have run, `run` in this turn. Returns how many may have run before the next look, those included: as many as
   * fit, by what they took so far, but never more than twice the sample that says so; 0 if it is the host's turn.
   */
  look(run: number, now: number): number {
    if (this.#turnSince === Infinity) this.#turnSince = now;
    const spent = now - this.#turnSince;
    // A simulated clock stands still while anything is ready; the host's promises need their chance on it as well.
    if (spent >= SLICE || (spent === 0 && run > MOST_UNTIMED)) return 0;
    return run + Math.max(1, Math.min(run, MOST_UNTIMED, (run * (SLICE - spent)) / spent) | 0);
  }

  /**
   * A batch stops for async code that goes on in microtasks. `isLong` says whether the entries that were allowed have run. Returns whether it
   * is the host's turn first: one turn may be longer than a slice, and so may be many steps that follow one another.
   */
  stepIsLast(isLong: boolean): boolean {
    this.#steps++;
    if (--this.#untilLook <= 0 && this.#rowIsLong()) return true;
    return isLong && this.#turnSince !== Infinity && this.#adapter.now() - this.#turnSince >= SLICE;
  }

  /** Whether a slice is over since the first look at the clock in this row of steps; if not, says when to look again. */
  #rowIsLong(): boolean {
    const now = this.#adapter.now();
    if (this.#stepsSince === Infinity) {
      this.#stepsSince = now;
      this.#stepsAtLook = this.#steps;
      this.#untilLook = SECOND_LOOK - FIRST_LOOK;
      return false;
    }
    const spent = now - this.#stepsSince;
    // A simulated clock stands still, as above.
    if (spent === 0) return this.#steps > MOST_UNTIMED;
    // As many as fit into what is left of the slice, by what they took so far; if it is over, into half of the next one.
    const isOver = spent >= SLICE;
    const fit = ((isOver ? SLICE / 2 : SLICE - spent) * (this.#steps - this.#stepsAtLook)) / spent;
    this.#untilLook = Math.max(1, Math.min(MOST_UNWATCHED, fit));
    return isOver;
  }

  /** The host gets its turn, since the slice is over or since nothing is left to do. The steps that come are the first of a row. */
  rest(sliceIsOver: boolean): void {
    this.#steps = 0;
    this.#stepsAtLook = 0;
    this.#stepsSince = Infinity;
    if (!sliceIsOver) this.#untilLook = FIRST_LOOK;
    this.#watches = sliceIsOver;
  }
}

/** The one timer of the host that serves all timers of a loop. It is armed for the earliest time, and for nothing while nothing waits. */
export class HostAlarm {
  readonly #adapter: CoreAdapter;
  readonly #ring: () => void;
  #timer: HostTimer = null;
  /** When it rings. */
  #when = 0;

  /** @param ring called when it rings, in a task of the host */
  constructor(adapter: CoreAdapter, ring: () => void) {
    this.#adapter = adapter;
    this.#ring = () => {
      this.#timer = null;
      ring();
    };
  }

  /** Arms it for a time of the adapter's clock, unless it rings before that anyway. Infinity is never. */
  arm(when: number): void {
    if (this.#timer !== null) {
      if (this.#when <= when) return;
      this.disarm();
    }
    if (when === Infinity) return;
    this.#when = when;
    this.#timer = this.#adapter.setTimer(Math.max(0, when - this.#adapter.now()), this.#ring);
  }

  /** It does not ring. */
  disarm(): void {
    if (this.#timer === null) return;
    this.#adapter.clearTimer(this.#timer);
    this.#timer = null;
  }
}

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
    let before = this.#clock < 0 ? this.readClock() : this.#clock;
    for (; left > 0 && this.#inStep.length === 0; left--) {
      const entry = this.#ready.first() as Runnable;
      if (this.#runUntimed(1) === TAKEN_OVER) return TAKEN_OVER;
      const after = this.readClock();
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

  /** The time; to read the clock takes longer than most entries do. */
  readClock(): number {
    return debugging.hooks?.time(this.#loop) ?? this.#loop._adapter.now();
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

  /** Debug mode: a step is over that the host has called for. */
  steppedInside(stepper: Stepper, before: number): void {
    const loop = this.#loop;
    const took = this.readClock() - before;
    if (took >= loop.slowCallbackDuration) loop._reportSlow(stepper._root, took);
  }

  /** Debug mode: a step of async code is over, which has gone on in microtasks since the batch stopped. */
  asyncStepEnded(): void {
    const loop = this.#loop;
    const task = this.#asyncTask;
    this.#asyncTask = null;
    this.timesAsync = false;
    const took = this.readClock() - this.#clock;
    if (task !== null && took >= loop.slowCallbackDuration) loop._reportSlow(task, took);
    this.#tellDebug();
  }
}
