/**
 * When the loop runs what: iterations, turns, the one host timer.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import { hasForeignMark, runInStorage } from "./async_storage.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { current } from "./current.ts";
import { ReadyQueue, type Runnable } from "./ready_queue.ts";
import { type Timed, TimerHeap } from "./timer_heap.ts";

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
 * Of the turns that follow one another by microtasks these look at the clock, until one of them has found that the slice was over: 64 steps
 * of 5 ms in an async function would keep everything else waiting for 320. A short piece of work has ended before.
 */
const FIRST_LOOK = 8;
const SECOND_LOOK = 24;
/** Microtask hops after a batch that settled what an async function awaits: one for the function, one for its promise, the rest for functions that it calls. */
const ASYNC_HOPS = 6;

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
  /** How many things that were done in this turn go on in microtasks and have not been heard of again. */
  #expected = 0;
  /** Whether there were any. */
  #expects = false;
  /** The number of the turn. */
  #turnNumber = 0;
  /** How many turns have followed one another by microtasks. */
  #unrested = 0;
  /** When the first of them ended that looked at the clock; Infinity if none has. */
  #unrestedSince = Infinity;
  /** Whether each of them looks at the clock: the slice was over before the host was due for a macrotask by their number. */
  #watched = false;
  #release: (() => void) | null = null;
  #finish: ((error: unknown, failed: boolean) => void) | null = null;

  /** @internal */
  constructor(adapter: CoreAdapter) {
    this._adapter = adapter;
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
   * @internal Something goes on in microtasks: what an async function awaits is settled, or one has begun. The next batch waits for a few of
   * them, for as long as anything is expected. Gives the number to tell {@linkcode Scheduler._heard} when it has come to something; if
   * nobody does, the batch waits for all that it can. Whoever is expected in this turn already, by the number `since`, is not so twice.
   */
  _expect(since = -1): number {
    const turn = this.#turnNumber;
    if (since !== turn) {
      this.#expects = true;
      this.#expected++;
    }
    return turn;
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
    const { loop, task, owner } = current;
    current.loop = this as unknown as BaseEventLoop;
    try {
      return callback();
    } finally {
      current.loop = loop;
      current.task = task;
      current.owner = owner;
      // Called by the host it is a turn of its own, unless one follows.
      if (loop === null && this.#ready.length === 0) this._turnEnded();
    }
  }

  #wake(): void {
    this.#state = WAKING;
    this.#quickWake(this.#onWake);
  }

  readonly #onWake = (): void => {
    if (this.#state !== WAKING) return;
    // A microtask carries the storage of whoever caused it; the turn is nobody's.
    if (hasForeignMark()) runInStorage(undefined, this.#onTurn);
    else this.#turn();
  };

  readonly #onTurn = (): void => this.#turn();

  readonly #onAsyncHop = (): void => {
    if (this.#expected > 0 && --this.#hopsLeft > 0) queueMicrotask(this.#onAsyncHop);
    else this.#onWake();
  };

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
    this.#state = TURNING;
    current.loop = this as unknown as BaseEventLoop;
    current.entries = this.#ready;
    try {
      this.#iterate();
    } catch (error) {
      this.#end(error, true);
    } finally {
      current.loop = null;
      current.entries = null;
      current.task = null;
      current.owner = null;
      this._turnEnded();
    }
  }

  /** Whole iterations, until there is a reason to let the host run. */
  #iterate(): void {
    const ready = this.#ready;
    const timers = this.#timers;
    // Without timers the clock is not read before it is known that the turn is no short one: two looks at it are a tenth of what a request
    // that parks costs on Deno.
    let isTimed = timers.length > 0 || this.#watched;
    let start = isTimed ? this.#now = this._adapter.now() : 0;
    this.#clockStale = !isTimed;
    this.#turnNumber = (this.#turnNumber + 1) & MOST_TURNS;
    this.#expected = 0;
    this.#expects = false;
    let untimed = 2;
    let entries = 0;
    for (;;) {
      if (timers.length > 0) this.#takeDue();
      const count = ready.length;
      untimed -= count;
      entries += count;
      if (this._debug) this.#runTimed(count);
      else this.#runEntries(count);
      if (this._stopping) return this.#end(undefined, false);
      if (this.#expects) {
        this.#state = WAKING;
        // One turn may be longer than a slice, and so may be many that follow one another.
        const unrested = ++this.#unrested;
        if (
          ((this.#watched || unrested === FIRST_LOOK || unrested === SECOND_LOOK) && this.#restIsDue()) ||
          (untimed <= 0 && isTimed && this._adapter.now() - start >= SLICE)
        ) {
          this.#letHostRun(true);
        } else {
          this.#hopsLeft = ASYNC_HOPS;
          this.#quickWake(this.#onAsyncHop);
        }
        return;
      }
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

  /** Runs as many entries; each stays the first while it runs. */
  #runEntries(count: number): void {
    const ready = this.#ready;
    try {
      for (let left = count; left > 0; left--) {
        (ready.first() as Runnable)._run();
        ready.drop();
      }
    } catch (error) {
      ready.drop();
      throw error;
    }
  }

  /** Debug mode: runs entries one by one under the clock. */
  #runTimed(count: number): void {
    for (let left = count; left > 0; left--) {
      const entry = this.#ready.first() as Runnable;
      const before = this._adapter.now();
      // Described before: what it was is often gone afterwards.
      const description = String(entry);
      this.#runEntries(1);
      const took = this._adapter.now() - before;
      if (took >= this.slowCallbackDuration) this._reportSlow(description, took);
    }
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

  /** Whether a slice is over since the first look at the clock in this row of turns. */
  #restIsDue(): boolean {
    const now = this._adapter.now();
    if (this.#unrestedSince === Infinity) this.#unrestedSince = now;
    return now - this.#unrestedSince >= SLICE;
  }

  /** The turns that come are the first of a row. */
  #rested(sliceWasOver: boolean): void {
    this.#unrested = 0;
    this.#unrestedSince = Infinity;
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
    this.#rested(false);
    this.#disarm();
    this.#release?.();
    this.#release = null;
    const finish = this.#finish;
    this.#finish = null;
    finish?.(error, failed);
  }
}
