/**
 * When the loop runs what: iterations, turns, the one host timer.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import { captureKnownFrame, type Frame, hasForeignMark, runUnmarked } from "./async_storage.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { isCancelled } from "./cancelled_error.ts";
import { current, noteRunning } from "./current.ts";
import { ReadyQueue, type Runnable } from "./ready_queue.ts";
import type { Stepper } from "./suspend.ts";
import { type Timed, TimerHeap } from "./timer_heap.ts";

/** Async code in the middle of a step, which goes on in microtasks. */
export interface InStep {
  /** Where it stands among all that are; less than 0 if it is not one of them. */
  _stepAt: number;
  /** It was not heard of in time: it waits for the host. */
  _unheard(): void;
}

/** Not running: `runForever` has not been called, or is over. */
const STOPPED = 0;
/** Running with nothing to do; the host timer may be armed. */
const PARKED = 1;
/** A turn will begin soon: a microtask or a macrotask for it is queued. */
const WAKING = 2;
/** In the middle of a turn. */
const TURNING = 3;

/** How long a turn goes on before the host gets its macrotask, in milliseconds. */
const SLICE = 1;
/** Of so many wake-ups one is served by a macrotask, the others by a microtask: host code that wakes the loop from microtasks for ever must not starve sockets. */
const QUICK_WAKES = 64;
/** The most entries that run between two looks at the clock, which costs more than a step of a task. */
const MOST_UNTIMED = 2048;
/** Turns are numbered up to here, and then anew. */
const MOST_TURNS = 0x3fffffff;
/**
 * Of the steps of async code that follow one another with nothing but microtasks between, these look at the clock first; a short piece of work
 * has ended before. Later looks come as the steps so far suggest, for 64 steps of 5 ms would keep everything else waiting for 320.
 */
const FIRST_LOOK = 8;
const SECOND_LOOK = 24;
/** The most such steps between two looks. */
const MOST_UNWATCHED = 32;
/**
 * For so many microtasks async code in the middle of a step is waited for, if it is not heard of before: an await takes one to go on, one
 * to begin the next, and as many again for each function between that ends. A helper eight deep takes ten.
 */
const ASYNC_HOPS = 12;

/** What is left of a batch that turns inside of it have run. */
const TAKEN_OVER = -1;

/** The part of the loop that turns. */
export abstract class Scheduler {
  /** @internal */
  readonly _adapter: CoreAdapter;
  /** In debug mode a callback or step that takes at least so many milliseconds is reported. 100 by default. */
  slowCallbackDuration = 100;
  /** @internal */
  _debug = false;
  /** @internal */
  _stopping = false;
  readonly #turnsInside: boolean;
  readonly #ready = new ReadyQueue();
  readonly #timers = new TimerHeap();
  #state = STOPPED;
  /** The clock as last read in this turn. */
  #now = 0;
  /** Whether the first timer changed since the clock was read. */
  #clockStale = false;
  #armed: HostTimer = null;
  #armedFor = 0;
  #quickWakes = 0;
  #hopsLeft = 0;
  /** @internal Counts the microtasks in which async code is waited for. */
  _hop = 0;
  /** The async code that is in the middle of a step: nothing else runs before it is heard of. */
  readonly #inStep: InStep[] = [];
  /** How many entries of a batch that such a step has interrupted have not run, and one more; 0 if none is interrupted. */
  #left = 0;
  /** Whether the host gets its macrotask before the batch goes on. */
  #hostIsDue = false;
  /** @internal The values of each AsyncLocalStorage where the loop was started: those of nobody in it. */
  _frame: Frame | null = null;
  /** Tells the batch that runs from those of turns inside of it; and how many of its entries have not begun. */
  #batchNumber = 0;
  #unrun = 0;
  /** How many things that were done in this turn go on in microtasks and have not been heard of again. */
  #expected = 0;
  /** Whether there were any. */
  #expects = false;
  /** The number of the turn. */
  #turnNumber = 0;
  /** How many steps of async code have followed one another by microtasks. */
  #unrested = 0;
  /** How many there were at the first look at the clock, and when that was; Infinity if there was none. */
  #firstLook = 0;
  #unrestedSince = Infinity;
  /** How many more there may be before the next look. */
  #untilLook = FIRST_LOOK;
  /** Whether the slice was over the last time, so that the clock is looked at from the start. */
  #watched = false;
  /** What leaves the loop when it turns again. */
  #escaped: { error: unknown } | null = null;
  #release: (() => void) | null = null;
  #leave: (() => void) | null = null;
  #ignoreRejections: (() => void) | null = null;
  #finish: ((error: unknown, failed: boolean) => void) | null = null;

  /** @internal */
  constructor(adapter: CoreAdapter) {
    this._adapter = adapter;
    this.#turnsInside = adapter.turnsInside === true;
  }

  /** @internal Runs an entry in the next iteration. */
  _schedule(entry: Runnable): void {
    this.#ready.push(entry);
    if (this.#state === PARKED) this.#wake();
  }

  /**
   * @internal The host is in a task of its own, as for a socket that it has just looked at: it starves nobody. Without being told, every 64th
   * wake-up comes a task late, and all sockets that were ready are read first: long messages have left the processor's cache when they are
   * handled. 100 KiB echoed by streams on Bun took a tenth longer on a quiet machine, a quarter on a busy one; by protocols 0 and 15 %.
   */
  _inHostTask(): void {
    this.#quickWakes = 0;
  }

  /**
   * @internal Async code begins or goes on with a step, in microtasks. The batch stops after the entry that runs, and goes on when the code
   * has been heard of or must be taken to wait for the host.
   */
  _beginStep(code: InStep): void {
    this.#hopsLeft = ASYNC_HOPS;
    if (code._stepAt < 0) code._stepAt = this.#inStep.push(code) - 1;
  }

  /** @internal Its step is over. */
  _endStep(code: InStep): void {
    const last = this.#inStep.pop() as InStep;
    if (last !== code) {
      this.#inStep[code._stepAt] = last;
      last._stepAt = code._stepAt;
    }
    code._stepAt = -1;
  }

  /**
   * @internal Something goes on in microtasks that is no step of async code: a promise that a coroutine awaits. The next batch waits for a few of
   * them, for as long as anything is expected. Returns the number to tell {@linkcode Scheduler._heard} when it has come to something; if
   * nobody does, the batch waits for all that it can.
   */
  _expect(): number {
    this.#expects = true;
    this.#expected++;
    return this.#turnNumber;
  }

  /** @internal What was expected has come. Half of what the task of a short async function costs is waiting for no more than this. */
  _heard(turn: number): void {
    if (turn === this.#turnNumber) this.#expected--;
  }

  /** @internal Runs an entry at a time of the loop's clock. */
  _scheduleAt(timer: Timed, when: number): void {
    this.#timers.push(timer, when);
    if (this.#timers.peek() === timer) {
      this.#clockStale = true;
      if (this.#state === PARKED) this.#arm();
    }
  }

  /** @internal */
  _timerCancelled(): void {
    this.#timers.noteCancelled();
    // Host code may cancel the last timer while the loop is parked; nothing must stay armed then.
    if (this.#state === PARKED) this.#park();
  }

  /** Whether the loop runs: from the start of `runForever` or `runUntilComplete` until it is over. */
  isRunning(): boolean {
    return this.#state !== STOPPED;
  }

  /**
   * Ends `runForever` after the iteration in progress. Called before the loop runs, it lets it make exactly one.
   */
  stop(): void {
    this._stopping = true;
    if (this.#state === PARKED) this.#wake();
  }

  /** @internal Turns until `_stopping`; resolves then, or rejects with what escaped. */
  _start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finish = (error, failed) => failed ? reject(error) : resolve();
      this.#release = this._adapter.keepAlive();
      this.#state = WAKING;
      this._frame = captureKnownFrame();
      this.#leave = noteRunning(this as unknown as BaseEventLoop);
      queueMicrotask(this.#onWake);
    });
  }

  /** @internal Forgets everything that is queued. */
  _forget(): void {
    this.#ready.clear();
    this.#timers.clear();
  }

  /** @internal Called at the end of each turn. */
  abstract _turnEnded(): void;

  /** @internal */
  abstract _reportSlow(description: string, took: number): void;

  /**
   * @internal Runs something of this loop's now, in host code: the first step of a request's task. What it schedules is run
   * by the turn that it wakes.
   */
  _runInside<R>(callback: () => R): R {
    const { loop, stepper, part, owner } = current;
    current.loop = this as unknown as BaseEventLoop;
    current.part = null;
    try {
      return callback();
    } finally {
      current.loop = loop;
      current.stepper = stepper;
      current.part = part;
      current.owner = owner;
      // Called by the host it is a turn of its own, unless one follows.
      if (loop === null && this.#ready.length === 0) this._turnEnded();
    }
  }

  /** @internal Takes a step of a task or strand now, inside whatever runs. */
  _stepInside(stepper: Stepper): void {
    const { loop, stepper: outer, part, owner, parked } = current;
    current.loop = this as unknown as BaseEventLoop;
    current.stepper = stepper;
    current.part = null;
    current.owner = stepper._root;
    try {
      stepper._stepNow();
    } finally {
      current.loop = loop;
      current.stepper = outer;
      current.part = part;
      current.owner = owner;
      current.parked = parked;
      if (loop === null && this.#ready.length === 0) this._turnEnded();
    }
  }

  /** @internal Ends a task or strand between turns, with what its coroutine would return or throw if it were stepped. */
  _endInside(stepper: Stepper, failed: boolean, value: unknown): void {
    current.loop = this as unknown as BaseEventLoop;
    current.stepper = stepper;
    current.owner = stepper._root;
    stepper._waiter = null;
    try {
      if (failed) stepper._raised(value);
      else stepper._returned(value);
    } finally {
      current.loop = null;
      current.stepper = null;
      current.owner = null;
      if (this.#ready.length === 0) this._turnEnded();
    }
  }

  /**
   * @internal A promise is rejected with a CancelledError. It may be what a function awaits that nobody awaits: that must not end the process, now or
   * when the function has cleaned up. So rejections of the kind are taken up from now on, until the loop has stopped.
   */
  _rejectsCancelled(): void {
    this.#ignoreRejections ??= this._adapter.takeUpRejections?.(isCancelled) ?? null;
  }

  /** @internal Lets an error leave the loop before anything else runs. */
  _throwSoon(error: unknown): void {
    this.#escaped = { error };
    if (this.#state === PARKED) this.#wake();
  }

  #wake(): void {
    this.#state = WAKING;
    this.#quickWake(this.#onWake);
  }

  readonly #onWake = (): void => {
    if (this.#state !== WAKING) return;
    // A microtask carries the storage of whoever caused it; the turn is nobody's.
    if (hasForeignMark()) runUnmarked(this._frame, this.#onTurn);
    else this.#onTurn();
  };

  readonly #onTurn = (): void => {
    if (this.#inStep.length > 0) this.#onHop();
    else this.#turn();
  };

  /** Waits for async code that is in the middle of a step, and goes on. */
  readonly #onHop = (): void => {
    this._hop++;
    if ((this.#inStep.length > 0 || (this.#expected > 0 && this.#left === 0)) && --this.#hopsLeft > 0) {
      queueMicrotask(this.#onHop);
      return;
    }
    if (this.#inStep.length > 0) this.#forgetSteps();
    if (this.#hostIsDue) {
      this.#hostIsDue = false;
      this.#letHostRun(true);
    } else if (this.#state === WAKING) {
      // Queued in a turn, it carries nobody's storage.
      this.#turn();
    }
  };

  /** Whatever has not been heard of waits for the host. */
  #forgetSteps(): void {
    const all = this.#inStep.splice(0);
    for (const code of all) code._stepAt = -1;
    for (const code of all) code._unheard();
  }

  /**
   * From a task of the host to the turn. It begins in a microtask: what is thrown in a timer's callback costs Deno 2 us more, as it
   * notes the place of everything thrown there that its own code might have to report, caught or not.
   */
  readonly #onTask = (): void => queueMicrotask(this.#onWake);

  readonly #onTimer = (): void => {
    this.#armed = null;
    if (this.#state !== PARKED) return;
    this.#state = WAKING;
    this.#onTask();
  };

  #turn(): void {
    const { loop, entries, stepper, part, owner } = current;
    this.#state = TURNING;
    current.loop = this as unknown as BaseEventLoop;
    current.entries = this.#ready;
    current.stepper = null;
    current.part = null;
    current.owner = null;
    if (this.#turnsInside) queueMicrotask(this.#onTurnInside);
    try {
      this.#iterate();
    } catch (error) {
      this.#end(error, true);
    } finally {
      current.loop = loop;
      current.entries = entries;
      current.stepper = stepper;
      current.part = part;
      current.owner = owner;
      this._turnEnded();
    }
  }

  /** Whole iterations, until there is a reason to let the host run. */
  #iterate(): void {
    const ready = this.#ready;
    const timers = this.#timers;
    const inStep = this.#inStep;
    if (this.#escaped !== null) {
      const { error } = this.#escaped;
      this.#escaped = null;
      throw error;
    }
    let resumed = this.#left;
    this.#left = 0;
    // Without timers the clock is not read before it is known that the turn is no short one: two looks at it are a tenth of what a request
    // that parks costs on Deno.
    const isWatched = this.#watched && this.#unrested === 0;
    let isTimed = (timers.length > 0 && resumed === 0) || isWatched;
    let start = isTimed ? this.#now = this._adapter.now() : 0;
    if (isWatched) this.#unrestedSince = start;
    this.#clockStale = !isTimed;
    if (resumed === 0) this.#beginExpecting();
    let untimed = 2;
    let entries = 0;
    for (;;) {
      let count = resumed - 1;
      if (resumed === 0) {
        if (timers.length > 0) this.#takeDue();
        count = ready.length;
      }
      resumed = 0;
      const left = this._debug ? this.#runTimed(count) : this.#runEntries(count);
      // Turns inside of this one have taken over.
      if (left === TAKEN_OVER) return;
      untimed -= count - left;
      entries += count - left;
      const interrupted = inStep.length !== 0;
      if (interrupted || this.#expects) {
        // One turn may be longer than a slice, and so may be many that follow one another.
        this.#unrested++;
        this.#hostIsDue = (--this.#untilLook <= 0 && this.#restIsDue()) ||
          (untimed <= 0 && isTimed && this._adapter.now() - start >= SLICE);
        if (interrupted) this.#left = left + 1;
        else if (this._stopping) return this.#end(undefined, false);
        else this.#hopsLeft = ASYNC_HOPS;
        this.#state = WAKING;
        queueMicrotask(this.#onHop);
        return;
      }
      if (this._stopping) return this.#end(undefined, false);
      if (ready.length === 0) {
        const first = timers.length > 0 ? timers.peek() : undefined;
        if (first === undefined || first._when > (this.#now = this._adapter.now())) return this.#park();
      }
      // Also when timers alone keep it going: one that is always due again would never let the host run.
      if (untimed <= 0) {
        const now = this.#now = this._adapter.now();
        if (!isTimed) start = now;
        isTimed = true;
        const spent = now - start;
        // A simulated clock stands still while anything is ready; the host's promises need their chance on it as well.
        if (spent >= SLICE || (spent === 0 && entries > MOST_UNTIMED)) {
          this.#state = WAKING;
          this.#letHostRun(true);
          return;
        }
        // As many as will fit, by what they took so far; never more than twice the sample that says so.
        untimed = Math.max(1, Math.min(entries, MOST_UNTIMED, (entries * (SLICE - spent)) / spent));
      }
    }
  }

  /** What was expected of the turns before is not waited for any more. */
  #beginExpecting(): void {
    this.#turnNumber = (this.#turnNumber + 1) & MOST_TURNS;
    this.#expected = 0;
    this.#expects = false;
  }

  /** Runs as many entries, or up to one in which a step of async code begins; returns how many are left. Each stays the first while it runs. */
  #runEntries(count: number): number {
    if (this.#turnsInside) return this.#runGuarded(count);
    const ready = this.#ready;
    const inStep = this.#inStep;
    try {
      for (let left = count; left > 0; left--) {
        (ready.first() as Runnable)._run();
        ready.drop();
        if (inStep.length !== 0) return left - 1;
      }
    } catch (error) {
      ready.drop();
      throw error;
    }
    return 0;
  }

  /** The same where the host's loop may be turned by an entry, and the turn goes on in there: then nothing is left to do here. */
  #runGuarded(count: number): number {
    const ready = this.#ready;
    const own = ++this.#batchNumber;
    for (let left = count - 1; left >= 0; left--) {
      this.#unrun = left;
      try {
        (ready.first() as Runnable)._run();
      } finally {
        if (this.#batchNumber === own) ready.drop();
      }
      if (this.#batchNumber !== own) return TAKEN_OVER;
      if (this.#inStep.length !== 0) return left;
    }
    return 0;
  }

  /** A microtask in the middle of a turn: an entry turns the host's loop, and would wait for ever for what the rest of the turn has to do. */
  readonly #onTurnInside = (): void => {
    if (this.#state !== TURNING) return;
    this.#batchNumber++;
    this.#ready.drop();
    this.#left = this.#unrun + 1;
    this.#state = WAKING;
    this.#turn();
  };

  /** Debug mode: runs entries one by one under the clock. */
  #runTimed(count: number): number {
    let left = count;
    for (; left > 0 && this.#inStep.length === 0; left--) {
      const entry = this.#ready.first() as Runnable;
      const before = this._adapter.now();
      // Described before: what it was is often gone afterwards.
      const description = String(entry);
      if (this.#runEntries(1) === TAKEN_OVER) return TAKEN_OVER;
      const took = this._adapter.now() - before;
      if (took >= this.slowCallbackDuration) this._reportSlow(description, took);
    }
    return left;
  }

  /** Continues by a microtask, but not for ever. */
  #quickWake(callback: () => void): void {
    if (++this.#quickWakes < QUICK_WAKES) {
      queueMicrotask(callback);
    } else {
      this.#quickWakes = 0;
      this.#letHostRun(false);
    }
  }

  /** Continues by a macrotask. */
  #letHostRun(sliceIsOver: boolean): void {
    this.#rested(sliceIsOver);
    this._adapter.hop(this.#onTask);
  }

  /** Whether a slice is over since the first look at the clock in this row of steps; if not, says when to look again. */
  #restIsDue(): boolean {
    const now = this._adapter.now();
    if (this.#unrestedSince === Infinity) {
      this.#unrestedSince = now;
      this.#firstLook = this.#unrested;
      this.#untilLook = SECOND_LOOK - FIRST_LOOK;
      return false;
    }
    const spent = now - this.#unrestedSince;
    // A simulated clock stands still while anything is ready; the host's promises need their chance on it as well.
    if (spent === 0) return this.#unrested > MOST_UNTIMED;
    // As many as fit into what is left of the slice, by what they took so far; if it is over, into half of the next one.
    const isOver = spent >= SLICE;
    const fit = ((isOver ? SLICE / 2 : SLICE - spent) * (this.#unrested - this.#firstLook)) / spent;
    this.#untilLook = Math.max(1, Math.min(MOST_UNWATCHED, fit));
    return isOver;
  }

  /** The steps that come are the first of a row. */
  #rested(sliceWasOver: boolean): void {
    this.#unrested = 0;
    this.#firstLook = 0;
    this.#unrestedSince = Infinity;
    if (!sliceWasOver) this.#untilLook = FIRST_LOOK;
    this.#watched = sliceWasOver;
  }

  #takeDue(): void {
    const timers = this.#timers;
    let first = timers.peek();
    if (first === undefined) return;
    if (first._when > this.#now && this.#clockStale) {
      this.#now = this._adapter.now();
      this.#clockStale = false;
    }
    while (first !== undefined && first._when <= this.#now) {
      this.#ready.push(timers.pop());
      first = timers.peek();
    }
  }

  #park(): void {
    this.#state = PARKED;
    this.#rested(false);
    // A sleep without end is no timer that anything could be expected of.
    if ((this.#timers.peek()?._when ?? Infinity) === Infinity) {
      this.#disarm();
      this._adapter.parked?.();
    } else {
      this.#arm();
    }
  }

  /** Arms the host timer for the first timer, unless one that fires early enough is armed. */
  #arm(): void {
    const when = this.#timers.peek()?._when ?? Infinity;
    if (this.#armed !== null) {
      if (this.#armedFor <= when) return;
      this.#disarm();
    }
    if (when === Infinity) return;
    this.#armedFor = when;
    this.#armed = this._adapter.setTimer(Math.max(0, when - this._adapter.now()), this.#onTimer);
  }

  #disarm(): void {
    if (this.#armed === null) return;
    this._adapter.clearTimer(this.#armed);
    this.#armed = null;
  }

  #end(error: unknown, failed: boolean): void {
    this.#state = STOPPED;
    this._stopping = false;
    this.#left = 0;
    this.#hostIsDue = false;
    this.#forgetSteps();
    this.#leave?.();
    this.#leave = null;
    this.#rested(false);
    this.#disarm();
    this.#release?.();
    this.#release = null;
    this.#ignoreRejections?.();
    this.#ignoreRejections = null;
    const finish = this.#finish;
    this.#finish = null;
    finish?.(error, failed);
  }
}
