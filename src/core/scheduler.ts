/**
 * When the loop runs what: iterations and turns.
 *
 * @module
 */
import type { InStep, Loop, LoopObserver, Runnable, Stepper, Timed } from "./contract.ts";
import type { CoreAdapter } from "../adapters/adapter.ts";
import { ASYNC_HOPS, CarefulBatch, type Choose, Fairness, HostAlarm, TAKEN_OVER } from "./fairness.ts";
import { captureKnownFrame, type Frame, hasForeignMark, runUnmarked } from "./current_code.ts";
import { isCancelled } from "./errors.ts";
import { current, noteRunning } from "./current.ts";
import { Ring } from "./lists.ts";
import { checkDuration } from "./misuse.ts";
import { TimerHeap } from "./handle.ts";

/** Not running: `runForever` has not been called, or is over. */
const STOPPED = 0;
/** Running with nothing to do; the host timer may be armed. */
const PARKED = 1;
/** A turn will begin soon: a microtask or a macrotask for it is queued. */
const WAKING = 2;
/** In the middle of a turn. */
const TURNING = 3;

/** Turns are numbered up to here, and then anew. */
const MOST_TURNS = 0x3fffffff;
/**
 * The part of the loop that turns.
 *
 * @category Running
 */
export abstract class Scheduler {
  /** @ignore */
  readonly _adapter: CoreAdapter;
  /** @ignore */
  _debug = false;
  /** @ignore Who is notified of what happens; null if nobody is. */
  _observer: LoopObserver | null = null;
  /** @ignore How many tasks an AbortSignal of others may cancel. */
  _abortable = 0;
  /** @ignore Called when the loop parks; null if nobody wants to know. */
  _onPark: (() => void) | null = null;
  /** @ignore */
  _stopping = false;
  readonly #turnsInside: boolean;
  readonly #careful: CarefulBatch;
  /** Whether entries run one by one, by that. */
  #isCareful: boolean;
  readonly #ready = new Ring<Runnable>(64);
  readonly #timers = new TimerHeap();
  readonly #fairness: Fairness;
  #state = STOPPED;
  #slowCallbackDuration = 100;
  #longestLag = 0;
  /** The clock as last read in this turn. */
  #now = 0;
  /** When timers came up last. */
  #lastDue = 0;
  /** Whether the first timer changed since the clock was read. */
  #clockStale = false;
  readonly #alarm: HostAlarm;
  #hopsLeft = 0;
  /** @ignore Counts the microtasks in which async code is waited for. */
  _hop = 0;
  /** The async code that is in the middle of a step: nothing else runs before it is heard of. */
  readonly #inStep: InStep[] = [];
  /** How many entries of a batch that such a step has interrupted have not run, and one more; 0 if none is interrupted. */
  #left = 0;
  /** Whether the host gets its macrotask before the batch goes on. */
  #hostIsDue = false;
  /** @ignore The values of each AsyncLocalStorage where the loop was started: those of nobody in it. */
  _frame: Frame | null = null;
  /** How many things that were done in this turn go on in microtasks and have not been heard of again. */
  #expected = 0;
  /** Whether there were any. */
  #expects = false;
  /** Whether an iteration may have to stop for async code: a step of it has begun, or something is expected. */
  #isAsync = false;
  /** The number of the turn. */
  #turnNumber = 0;
  /** What leaves the loop when it turns again. */
  #escaped: { error: unknown } | null = null;
  #release: (() => void) | null = null;
  #leave: (() => void) | null = null;
  #ignoreRejections: (() => void) | null = null;
  #finish: ((error: unknown, failed: boolean) => void) | null = null;

  /** @ignore */
  constructor(adapter: CoreAdapter) {
    this._adapter = adapter;
    this.#fairness = new Fairness(adapter);
    this.#alarm = new HostAlarm(adapter, () => this.#onAlarm());
    this.#turnsInside = adapter.turnsInside === true;
    this.#careful = new CarefulBatch(this, this.#ready, this.#inStep);
    this.#isCareful = this.#turnsInside;
  }

  /** @ignore */
  _setDebug(enabled: boolean): void {
    this._debug = enabled;
    this.#checkCare();
  }

  /** @ignore From now on this one is notified of what happens; null for nobody. */
  _observe(observer: LoopObserver | null): void {
    this._observer = observer;
    this.#checkCare();
  }

  #checkCare(): void {
    this.#isCareful = this._debug || this.#turnsInside || this.#careful.choose !== null || this._observer !== null;
  }

  /** @ignore From now on somebody chooses which entry of a batch is next. */
  _letChoose(choose: Choose): void {
    this.#careful.choose = choose;
    this.#isCareful = true;
  }

  /** @ignore Runs an entry in the next iteration. */
  _schedule(entry: Runnable): void {
    this.#ready.push(entry);
    if (this.#state === PARKED) this.#wake();
  }

  /**
   * @ignore The host is in a task of its own, as for a socket that it has just looked at: it starves nobody. Without being told, every 64th
   * wake-up comes a task late, and all sockets that were ready are read first: long messages have left the processor's cache when they are
   * handled. 100 KiB echoed by streams on Bun took a tenth longer on a quiet machine, a quarter on a busy one; by protocols 0 and 15 %.
   */
  _inHostTask(): void {
    this.#fairness.hostRuns();
  }

  /**
   * @ignore Runs an entry, at once if the loop is parked: the host is at the end of what it does in a task of its own. A microtask would begin
   * the same turn there, and cost as much as two entries do.
   */
  _scheduleAtEndOfHostTask(entry: Runnable): void {
    this.#fairness.hostRuns();
    this.#ready.push(entry);
    if (this.#state !== PARKED) return;
    this.#state = WAKING;
    this.#onWake();
  }

  /**
   * @ignore Async code begins or goes on with a step, in microtasks. The batch stops after the entry that runs, and goes on when the code
   * has been heard of or must be taken to wait for the host.
   */
  _beginStep(code: InStep): void {
    this.#isAsync = true;
    this.#hopsLeft = ASYNC_HOPS;
    if (code._stepAt >= 0) return;
    code._stepAt = this.#inStep.push(code) - 1;
    if (this._observer !== null) this._observer.stepBegins(code);
  }

  /** @ignore Its step is over. */
  _endStep(code: InStep): void {
    const last = this.#inStep.pop() as InStep;
    if (last !== code) {
      this.#inStep[code._stepAt] = last;
      last._stepAt = code._stepAt;
    }
    code._stepAt = -1;
    if (this._observer !== null) this._observer.stepEnds(code);
  }

  /**
   * @ignore Something goes on in microtasks that is no step of async code: a promise that a coroutine awaits. The next batch waits for a few of
   * them, for as long as anything is expected. Returns the number to tell {@linkcode Scheduler._heard} when it has come to something; if
   * nobody does, the batch waits for all that it can.
   */
  _expect(): number {
    this.#isAsync = this.#expects = true;
    this.#expected++;
    return this.#turnNumber;
  }

  /** @ignore What was expected has come. Half of what the task of a short async function costs is waiting for no more than this. */
  _heard(turn: number): void {
    if (turn === this.#turnNumber) this.#expected--;
  }

  /**
   * In debug mode a callback or step that takes at least so many milliseconds is reported. 100 by default; `Infinity` for none.
   *
   * @throws {TypeError} if it is set to what is not a number
   * @throws {RangeError} if it is set to NaN or less than 0
   */
  get slowCallbackDuration(): number {
    return this.#slowCallbackDuration;
  }

  set slowCallbackDuration(duration: number) {
    this.#slowCallbackDuration = checkDuration(duration, "slowCallbackDuration");
  }

  /**
   * The longest that a timer which was due had to wait for the loop so far, in milliseconds. What is far above the few milliseconds of the host's own
   * timers says that something has kept the loop from turning. Set it to 0 to measure anew.
   *
   * @throws {TypeError} if it is set to what is not a number
   * @throws {RangeError} if it is set to NaN or less than 0
   */
  get longestLag(): number {
    return this.#longestLag;
  }

  set longestLag(lag: number) {
    this.#longestLag = checkDuration(lag, "longestLag");
  }

  /** @ignore How much there is to run: in the next iteration, and later. */
  _queued(): { ready: number; timers: number } {
    return { ready: this.#ready.length, timers: this.#timers.length };
  }

  /** @ignore Runs an entry at a time of the loop's clock. */
  _scheduleAt(timer: Timed, when: number): void {
    this.#timers.push(timer, when);
    if (this.#timers.peek() === timer) {
      this.#clockStale = true;
      if (this.#state === PARKED) this.#alarm.arm(when);
    }
  }

  /** @ignore */
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

  /** @ignore Turns until `_stopping`; resolves then, or rejects with what escaped. */
  _start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finish = (error, failed) => failed ? reject(error) : resolve();
      this.#release = this._adapter.keepAlive();
      this.#state = WAKING;
      this._frame = captureKnownFrame();
      this.#leave = noteRunning(this as unknown as Loop);
      queueMicrotask(this.#onWake);
    });
  }

  /** @ignore Forgets everything that is queued. */
  _forget(): void {
    this.#ready.clear();
    this.#timers.clear();
  }

  /** @ignore Called at the end of each turn. */
  abstract _turnEnded(): void;

  /** @ignore */
  abstract _reportSlow(what: object, took: number): void;

  /**
   * @ignore Runs something of this loop's now, in host code: the first step of a request's task. What it schedules is run
   * by the turn that it wakes.
   */
  _runInside<R>(callback: () => R): R {
    const { loop, stepper, code, owner } = current;
    current.loop = this as unknown as Loop;
    current.code = null;
    try {
      return callback();
    } finally {
      current.loop = loop;
      current.stepper = stepper;
      current.code = code;
      current.owner = owner;
      // Called by the host it is a turn of its own, unless one follows.
      if (loop === null && this.#ready.length === 0) this._turnEnded();
    }
  }

  /** @ignore Takes a step of a task or strand now, inside whatever runs. */
  _stepInside(stepper: Stepper): void {
    const { loop, stepper: outer, code, owner, parked } = current;
    const observer = this._observer;
    const began = observer === null ? 0 : observer.stepsInside(stepper);
    // What the host calls for, such as a request, is in no step or batch that looks how long it takes.
    const before = loop === null && this._debug && !this.#careful.timesAsync ? this.#careful.readClock() : -1;
    current.loop = this as unknown as Loop;
    current.stepper = stepper;
    current.code = null;
    current.owner = stepper._root;
    try {
      stepper._stepNow();
    } finally {
      current.loop = loop;
      current.stepper = outer;
      current.code = code;
      current.owner = owner;
      current.parked = parked;
      if (observer !== null) observer.steppedInside(stepper, began);
      if (before >= 0) this.#careful.steppedInside(stepper, before);
      if (loop === null && this.#ready.length === 0) this._turnEnded();
    }
  }

  /** @ignore Ends a task or strand between turns, with what its coroutine would return or throw if it were stepped. */
  _endInside(stepper: Stepper, failed: boolean, value: unknown): void {
    current.loop = this as unknown as Loop;
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
   * @ignore A promise is rejected with a CancelledError. It may be what a function awaits that nobody awaits: that must not end the process, now or
   * when the function has cleaned up. So rejections of the kind are taken up from now on, until the loop has stopped.
   */
  _rejectsCancelled(): void {
    this.#ignoreRejections ??= this._adapter.takeUpRejections?.(isCancelled) ?? null;
  }

  /** @ignore The number of the turn if the loop is parked in it, with the time of its first timer; null if it is not. */
  _parked(): { turn: number; until: number } | null {
    if (this.#state !== PARKED) return null;
    return { turn: this.#turnNumber, until: this.#timers.peek()?._when ?? Infinity };
  }

  /** @ignore Whether the loop alone keeps the process from ending while it runs; it does unless it is told otherwise. */
  _keepAlive(keeps: boolean): void {
    if (this.#state === STOPPED || keeps === (this.#release !== null)) return;
    if (keeps) {
      this.#release = this._adapter.keepAlive();
    } else {
      this.#release?.();
      this.#release = null;
    }
  }

  /** @ignore Lets an error leave the loop before anything else runs. */
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
    if (this.#careful.timesAsync) this.#careful.asyncStepEnded();
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
    if (this._observer !== null) { for (const code of all) this._observer.stepEnds(code); }
    for (const code of all) code._unheard();
  }

  /**
   * From a task of the host to the turn. It begins in a microtask: what is thrown in a timer's callback costs Deno far more, as it
   * notes the place of everything thrown there that its own code might have to report, caught or not.
   */
  readonly #onTask = (): void => queueMicrotask(this.#onWake);

  #onAlarm(): void {
    if (this.#state !== PARKED) return;
    this.#state = WAKING;
    this.#onTask();
  }

  #turn(): void {
    const { loop, entries, stepper, code, owner } = current;
    this.#state = TURNING;
    current.loop = this as unknown as Loop;
    current.entries = this.#ready;
    current.stepper = null;
    current.code = null;
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
      current.code = code;
      current.owner = owner;
      this._turnEnded();
    }
  }

  /** Whole iterations, until there is a reason to let the host run. */
  #iterate(): void {
    const ready = this.#ready;
    const timers = this.#timers;
    const fairness = this.#fairness;
    if (this.#escaped !== null) this.#throwEscaped();
    // What is left of a batch that was interrupted; less than 0 if none was.
    let count = this.#left - 1;
    this.#left = 0;
    // Without timers the clock is not read before it is known that the turn is no short one: two looks at it are a tenth of what a request
    // that parks costs on Deno.
    this.#clockStale = !((timers.length > 0 && count < 0) || fairness.readsClock());
    let mayRun = fairness.beginTurn(this.#clockStale ? Infinity : this.#now = this._adapter.now());
    if (count < 0) {
      this.#beginExpecting();
      if (timers.length > 0) this.#takeDue();
      count = ready.length;
    }
    let run = 0;
    if (this.#isCareful) this.#careful.beginTurn();
    for (;;) {
      const left = this.#isCareful ? this.#runCarefully(count) : this.#runEntries(count);
      run += count - left;
      if (this.#isAsync && this.#stopsForAsync(left, run >= mayRun)) return;
      if (this._stopping) return this.#end(undefined, false);
      if (ready.length === 0) {
        const first = timers.length > 0 ? timers.peek() : undefined;
        if (first === undefined || first._when > (this.#now = this._adapter.now())) return this.#park();
      }
      // Also when timers alone keep it going: one that is always due again would never let the host run.
      if (run >= mayRun) {
        mayRun = fairness.look(run, this.#now = this._adapter.now());
        if (mayRun === 0) {
          this.#state = WAKING;
          return this.#letHostRun(true);
        }
      }
      if (timers.length > 0) this.#takeDue();
      count = ready.length;
    }
  }

  #throwEscaped(): never {
    const { error } = this.#escaped as { error: unknown };
    this.#escaped = null;
    throw error;
  }

  /** Whether the iterations stop here, for async code that goes on in microtasks, or since turns inside of this one have taken over. */
  #stopsForAsync(left: number, isLong: boolean): boolean {
    if (left === TAKEN_OVER) return true;
    const interrupted = this.#inStep.length !== 0;
    if (!interrupted && !this.#expects) {
      this.#isAsync = false;
      return false;
    }
    this.#hostIsDue = this.#fairness.stepIsLast(isLong);
    if (interrupted) {
      this.#left = left + 1;
    } else if (this._stopping) {
      this.#end(undefined, false);
      return true;
    } else {
      this.#hopsLeft = ASYNC_HOPS;
    }
    this.#state = WAKING;
    queueMicrotask(this.#onHop);
    return true;
  }

  /** What was expected of the turns before is not waited for any more. */
  #beginExpecting(): void {
    this.#turnNumber = (this.#turnNumber + 1) & MOST_TURNS;
    this.#expected = 0;
    this.#expects = false;
  }

  /** Runs as many entries, or up to one in which a step of async code begins; returns how many are left. Each stays the first while it runs. */
  #runEntries(count: number): number {
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

  #runCarefully(count: number): number {
    const left = this.#careful.run(count);
    if (left === TAKEN_OVER) this.#isAsync = true;
    return left;
  }

  /** A microtask in the middle of a turn: an entry turns the host's loop, and would wait for ever for what the rest of the turn has to do. */
  readonly #onTurnInside = (): void => {
    if (this.#state !== TURNING) return;
    this.#left = this.#careful.takeOver() + 1;
    this.#state = WAKING;
    this.#turn();
  };

  /** Continues by a microtask, but not for ever. */
  #quickWake(callback: () => void): void {
    if (this.#fairness.wakesQuickly()) queueMicrotask(callback);
    else this.#letHostRun(false);
  }

  /** Continues by a macrotask. */
  #letHostRun(sliceIsOver: boolean): void {
    this.#fairness.rest(sliceIsOver);
    this._adapter.hop(this.#onTask);
  }

  #takeDue(): void {
    const timers = this.#timers;
    let first = timers.peek();
    if (first === undefined) return;
    if (first._when > this.#now && this.#clockStale) {
      this.#now = this._adapter.now();
      this.#clockStale = false;
    }
    if (first._when > this.#now) return;
    this.#noteLag(first._when);
    while (first !== undefined && first._when <= this.#now) {
      this.#ready.push(timers.pop());
      first = timers.peek();
    }
  }

  /** A timer comes up that was due at this time. One that was due before it was set has waited since then at most. */
  #noteLag(when: number): void {
    const late = this.#now - Math.max(when, this.#lastDue);
    this.#lastDue = this.#now;
    if (late > this.#longestLag) this.#longestLag = late;
    if (this._observer !== null) this._observer.lags(late);
  }

  #park(): void {
    this.#state = PARKED;
    this.#ready.shrink();
    this.#fairness.rest(false);
    if (this._onPark !== null) this._onPark();
    const when = this.#timers.peek()?._when ?? Infinity;
    // A sleep without end is no timer that anything could be expected of.
    if (when === Infinity) {
      this.#alarm.disarm();
      this._adapter.parked?.();
    } else {
      this.#alarm.arm(when);
    }
  }

  #end(error: unknown, failed: boolean): void {
    this.#state = STOPPED;
    this._stopping = false;
    this.#left = 0;
    this.#hostIsDue = false;
    this.#forgetSteps();
    this.#leave?.();
    this.#leave = null;
    this.#fairness.rest(false);
    this.#alarm.disarm();
    this.#release?.();
    this.#release = null;
    this.#ignoreRejections?.();
    this.#ignoreRejections = null;
    const finish = this.#finish;
    this.#finish = null;
    finish?.(error, failed);
  }
}
