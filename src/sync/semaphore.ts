/**
 * Limits on how many tasks do something at once.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { describeKind } from "../core/repr.ts";
import { runningTask, steppedTask } from "../core/running.ts";
import { type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { bindLoop } from "./bind_loop.ts";
import { Guard } from "./guard.ts";
import { LineWait, Waiters } from "./waiters.ts";

/**
 * How many guards a semaphore remembers at least. It remembers as many as there are acquisitions not given back, and no
 * more: where one task acquires and another releases, guards that nobody uses would otherwise fill its memory.
 */
const REMEMBERED = 64;

/** One acquisition. It is remembered with its task, so that a release by hand there is known to be of this one. */
class SemaphoreGuard extends Guard {
  _task: Task<unknown> | null;
  _released = false;
  _older: SemaphoreGuard | null = null;
  _newer: SemaphoreGuard | null = null;

  constructor(semaphore: Semaphore, task: Task<unknown> | null) {
    super(semaphore);
    this._task = task;
  }
}

/** The latest guards that are not released, newest first. */
class Guards {
  #newest: SemaphoreGuard | null = null;
  #oldest: SemaphoreGuard | null = null;
  #length = 0;

  /** Adds a guard, and forgets the oldest ones beyond a number. */
  add(guard: SemaphoreGuard, most: number): void {
    guard._older = this.#newest;
    if (this.#newest === null) this.#oldest = guard;
    else this.#newest._newer = guard;
    this.#newest = guard;
    this.#length++;
    while (this.#length > most) this.remove(this.#oldest as SemaphoreGuard);
  }

  /** Forgets a guard, which then knows nothing of its task any more. */
  remove(guard: SemaphoreGuard): void {
    if (guard._task === null) return;
    guard._task = null;
    const { _older: older, _newer: newer } = guard;
    if (older === null) this.#oldest = newer;
    else older._newer = newer;
    if (newer === null) this.#newest = older;
    else newer._older = older;
    guard._older = guard._newer = null;
    this.#length--;
  }

  newestOf(task: Task<unknown>): SemaphoreGuard | null {
    let guard = this.#newest;
    while (guard !== null && guard._task !== task) guard = guard._older;
    return guard;
  }
}

/** One call of `acquire`: coroutine, future and place in the line. */
class Acquire extends LineWait<Guard> {
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    super(semaphore._waiters);
    this.#semaphore = semaphore;
  }

  override methodName(): string {
    return "acquire";
  }

  // The lines of the shared one, for speed: see `Wait`.
  override next(value?: unknown): IteratorResult<Suspend, Guard> {
    if (value === RESUME) {
      this.goOn();
      return this.woken();
    }
    this.begin();
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<Guard> | null {
    const semaphore = this.#semaphore;
    if (semaphore.locked()) {
      bindLoop(semaphore);
      return null;
    }
    semaphore._value--;
    return { done: true, value: semaphore._guard(steppedTask()) };
  }

  override woken(): IteratorReturnResult<Guard> {
    // Those who came while the others were on their way had to queue, whatever was free.
    this.#semaphore._wakeAllowed();
    return { done: true, value: this.#semaphore._guard(steppedTask()) };
  }

  override gaveUp(granted: boolean): void {
    if (granted) this.#semaphore._value++;
    this.#semaphore._wakeAllowed();
  }

  override toString(): string {
    return `<acquire ${this.#semaphore}>`;
  }
}

/**
 * A counter that tasks take from and give back to: it limits how many do something at once. Those who find it at zero
 * wait in the order that they came, and nobody overtakes them. Bound to a loop by the first task that has to wait.
 *
 * @example At most two at once
 * ```ts
 * import { run, Semaphore, sleep, taskGroup } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const slots = new Semaphore(2);
 * let busy = 0;
 * let most = 0;
 *
 * await run(() =>
 *   taskGroup(function* (group) {
 *     for (let i = 0; i < 5; i++) {
 *       group.createTask(function* () {
 *         using _slot = yield* slots.acquire();
 *         most = Math.max(most, ++busy);
 *         yield* sleep(1);
 *         busy--;
 *       });
 *     }
 *   })
 * );
 * assertEquals(most, 2);
 * ```
 */
export class Semaphore {
  /** @internal */
  _loop: BaseEventLoop | null = null;
  /** @internal */
  readonly _waiters: Waiters = new Waiters();
  /** @internal */
  _value: number;
  readonly #guards = new Guards();
  /** How many acquisitions were not given back, as far as that can be known. */
  #taken = 0;

  /**
   * Makes a semaphore that can be acquired `value` times; 1 by default.
   *
   * @throws {TypeError} if the value is not a number
   * @throws {RangeError} if it is negative or not whole; Infinity is allowed
   */
  constructor(value = 1) {
    if (typeof value !== "number") {
      throw new TypeError(`Cannot make a ${this.constructor.name} of ${describeKind(value)}: give a number.`);
    }
    if (!(value >= 0) || (value !== Infinity && !Number.isInteger(value))) {
      throw new RangeError(
        `Cannot make a ${this.constructor.name} of ${value}: its value must be a whole number, zero or more.`,
      );
    }
    this._value = value;
  }

  /**
   * Takes one, and waits for it while there is none or others wait. Gives a guard for `using`, which gives it back at
   * the end of the block.
   *
   * A guard does nothing if its acquisition was released by hand: {@linkcode Semaphore.release} counts for the latest
   * one of the task that calls it.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the semaphore is bound to another loop
   */
  acquire(): LazyAwaitable<Guard> {
    return new Acquire(this);
  }

  /** Gives one back and wakes the first task that waits. More may be given than were taken. */
  release(): void {
    this._release();
    const task = runningTask();
    if (task === null) return;
    const guard = this.#guards.newestOf(task);
    if (guard === null) return;
    guard._released = true;
    this.#guards.remove(guard);
  }

  /** Whether an acquire would have to wait: none is left, or others wait for one. */
  locked(): boolean {
    return this._value === 0 || !this._waiters.allCancelled();
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this._value}`;
    const waiting = this._waiters.length > 0 ? `, waiters:${this._waiters.length}` : "";
    return `<${this.constructor.name} [${state}${waiting}]>`;
  }

  /** @internal */
  _release(): void {
    this._value++;
    if (this.#taken > 0) this.#taken--;
    this.#wakeNext();
  }

  /** @internal */
  _guard(task: Task<unknown> | null): Guard {
    const guard = new SemaphoreGuard(this, task);
    this.#taken++;
    if (task !== null) this.#guards.add(guard, Math.max(REMEMBERED, this.#taken));
    return guard;
  }

  /** @internal */
  _releaseFor(guard: Guard): void {
    const mine = guard as SemaphoreGuard;
    if (mine._released) return;
    mine._released = true;
    this.#guards.remove(mine);
    this._release();
  }

  /** @internal Wakes as many as there are to give. */
  _wakeAllowed(): void {
    while (this._value > 0 && this.#wakeNext());
  }

  /** Hands one directly to the first who waits: nobody can take it before that task runs. */
  #wakeNext(): boolean {
    if (!this._waiters.wakeNext()) return false;
    this._value--;
    return true;
  }
}

/**
 * A semaphore that refuses to be released more often than it was acquired.
 *
 * @example A slot given back twice
 * ```ts
 * import { BoundedSemaphore, run } from "@loop/asyncio";
 * import { assertThrows } from "@std/assert";
 *
 * const slots = new BoundedSemaphore(3);
 * await run(function* () {
 *   yield* slots.acquire();
 *   slots.release();
 * });
 * assertThrows(() => slots.release(), RangeError);
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  /**
   * Makes a semaphore that can be acquired `value` times; 1 by default.
   *
   * @throws {TypeError} if the value is not a number
   * @throws {RangeError} if it is negative or not whole; Infinity is allowed
   */
  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /**
   * Gives one back and wakes the first task that waits.
   *
   * @throws {RangeError} if all are back already
   */
  override release(): void {
    super.release();
  }

  /** @internal */
  override _release(): void {
    if (this._value >= this.#bound) {
      throw new RangeError(
        `Cannot release a BoundedSemaphore more often than it was acquired: its bound is ${this.#bound}. ` +
          "Release only what acquire() gave.",
      );
    }
    super._release();
  }
}
