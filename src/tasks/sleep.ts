/**
 * Waiting for time to pass.
 *
 * @module
 */
import type { Stepper, Timed } from "../core/contract.ts";
import {
  current as importedCurrent,
  NEXT_ITERATION as IMPORTED_NEXT_ITERATION,
  noted as importedNoted,
} from "../core/current.ts";
import { scheduleAt, timerCancelled } from "../core/internal.ts";
import { BareWait, FRESH, LazyObject, WAITING } from "../core/wait.ts";
import { awaitedTwice, iterated } from "../core/misuse.ts";
import { describeDelay, describeKind } from "../core/repr.ts";
import {
  FINISHED as IMPORTED_FINISHED,
  type LazyAwaitable,
  RESUME as IMPORTED_RESUME,
  type Suspend,
  SUSPENDED as IMPORTED_SUSPENDED,
} from "../core/suspend.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use.
const current = importedCurrent;
const NEXT_ITERATION = IMPORTED_NEXT_ITERATION;
const noted = importedNoted;
const FINISHED = IMPORTED_FINISHED;
const RESUME = IMPORTED_RESUME;
const SUSPENDED = IMPORTED_SUSPENDED;

/** `sleep(0)`: it has no state, so one object is enough. */
class Tick extends LazyObject<undefined> {
  next(value?: unknown): IteratorResult<Suspend, undefined> {
    if (value === RESUME) return FINISHED;
    // Only a `for…of` or a spread calls it twice in one step, and would do so for ever.
    if (current.parked === NEXT_ITERATION) return awaitedTwice("sleep()");
    current.parked = NEXT_ITERATION;
    return SUSPENDED;
  }

  override return(value: undefined): IteratorResult<Suspend, undefined> {
    if (current.parked === NEXT_ITERATION) throw iterated();
    return super.return(value);
  }
}
/** What every `sleep(0)` returns. */
export const TICK: LazyAwaitable<undefined> = /* @__PURE__ */ new Tick();

/** A sleep: coroutine, future and timer in one object. */
class Sleep<T> extends BareWait<T> implements Timed {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  /** What ended it, if it ends in another way than well; before that its result. */
  reason: unknown;
  /** How long it will be, before the sleep begins; then when it ends. */
  _when: number;
  _order = -1;

  constructor(delay: number, result: T) {
    super();
    noted(this);
    this._when = delay;
    this.reason = result;
  }

  override methodName(): string {
    return "sleep";
  }

  override tryNow(): IteratorResult<Suspend, T> | null {
    return this._when > 0 ? null : this.letOthersRun();
  }

  override enter(): void {
    const { loop } = this;
    scheduleAt(loop, this, loop.time() + this._when);
  }

  override woken(): IteratorReturnResult<T> {
    return { done: true, value: this.reason as T };
  }

  override cancel(message?: string): boolean {
    if (!super.cancel(message)) return false;
    if (this._order >= 0) timerCancelled(this.loop);
    return true;
  }

  get _owner(): null {
    return null;
  }

  /** The timer is due; the task goes on in the next iteration. */
  _run(): void {
    this.wake();
  }

  _isCancelled(): boolean {
    return this.phase !== WAITING;
  }

  override toString(): string {
    if (this.phase !== WAITING) return "<sleep>";
    return this._when === Infinity
      ? "<sleep for ever>"
      : `<sleep until ${describeDelay(this._when - this.loop.time())}>`;
  }
}

/**
 * Milliseconds, where asyncio counts seconds. Suspends the current task for at least `delay` milliseconds and returns `result`. Zero or less
 * lets all other tasks that are ready run once. `Infinity` sleeps until cancelled.
 *
 * @throws {TypeError} if the delay is not a number
 * @throws {RangeError} if it is NaN
 *
 * @example Sleep, and let other tasks run
 * ```ts
 * import { run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   assertEquals(yield* sleep(1, "rested"), "rested");
 *   yield* sleep(0);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export function sleep(delay: number): LazyAwaitable<undefined>;
/**
 * The same, with a result.
 *
 * @category Tasks and futures
 */
export function sleep<T>(delay: number, result: T): LazyAwaitable<T>;
export function sleep<T>(delay: number, result?: T): LazyAwaitable<T | undefined> {
  // Checked first, since null and "0" count as zero in comparisons.
  if (typeof delay !== "number") {
    throw new TypeError(`Cannot sleep for ${describeKind(delay)}: give a number of milliseconds.`);
  }
  if (delay <= 0 && result === undefined) return TICK;
  if (delay !== delay) throw new RangeError("Cannot sleep for NaN milliseconds: give a number.");
  return new Sleep<T | undefined>(delay, result);
}
