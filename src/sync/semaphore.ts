/**
 * Limits on how many tasks do something at the same time.
 *
 * @module
 */
import { noteHotMethods } from "../core/current.ts";
import type { Stepper } from "../core/contract.ts";
import { type ListNode, NodeList } from "../core/lists.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { runningTask, steppedTask } from "../core/running.ts";
import { type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import { FRESH, OVER } from "../core/wait.ts";
import type { Task } from "../core/task.ts";
import { type AnyLineWait, BareLineWait, Guard, type Guarded, Waiters } from "./waiters.ts";

/**
 * How many guards a semaphore remembers at least. It remembers as many as there are acquisitions not released, and no
 * more: where one task acquires and another releases, guards that nobody uses would otherwise fill its memory.
 */
const REMEMBERED = 64;

/** One acquisition. It is remembered with its task: a release by hand in that task is a release of it. */
class SemaphoreGuard extends Guard implements ListNode<SemaphoreGuard> {
  task: Task<unknown> | null;
  released = false;
  before: SemaphoreGuard | null = null;
  after: SemaphoreGuard | null = null;

  constructor(state: SemaphoreState, task: Task<unknown> | null) {
    super(state);
    this.task = task;
  }
}

/** The state of a semaphore, which waits and guards share. */
class SemaphoreState implements Guarded {
  readonly semaphore: Semaphore;
  readonly line: Waiters = new Waiters();
  /** How many acquisitions are left. */
  value: number;
  /** The highest value that a release may lead to. */
  bound = Infinity;
  /** The latest guards that are not released, oldest first. */
  readonly #guards = new NodeList<SemaphoreGuard>();
  /** How many acquisitions were not released, as far as that can be known. */
  #taken = 0;

  constructor(semaphore: Semaphore, value: number) {
    this.semaphore = semaphore;
    this.value = value;
  }

  locked(): boolean {
    return this.value === 0 || !this.line.allCancelled();
  }

  /** Makes a guard for an acquisition of the running task. */
  guard(): Guard {
    const task = steppedTask();
    const guard = new SemaphoreGuard(this, task);
    this.#taken++;
    if (task !== null) {
      this.#guards.push(guard);
      if (this.#guards.size > REMEMBERED) this.#forgetOldest();
    }
    return guard;
  }

  releaseFor(guard: Guard): void {
    const mine = guard as SemaphoreGuard;
    if (mine.released) return;
    mine.released = true;
    this.#forget(mine);
    this.release();
  }

  /** A release by hand: it is a release of the latest acquisition of the running task. */
  releaseByHand(): void {
    this.release();
    const task = runningTask();
    if (task === null) return;
    let guard = this.#guards.last();
    while (guard !== null && guard.task !== task) guard = guard.before;
    if (guard === null) return;
    guard.released = true;
    guard.task = null;
    this.#guards.remove(guard);
  }

  release(): void {
    if (this.value >= this.bound) {
      throw new RangeError(
        `Cannot release a BoundedSemaphore more often than it was acquired: its bound is ${this.bound}. ` +
          "Release only what acquire() returned.",
      );
    }
    this.value++;
    if (this.#taken > 0) this.#taken--;
    if (this.line.wakeNext()) this.value--;
  }

  /** Wakes as many tasks as can acquire it. */
  wakeAllowed(): void {
    while (this.value > 0 && this.#wakeNext());
  }

  /** Acquires it for the first task that waits, so that no other can before that task runs. */
  #wakeNext(): boolean {
    if (!this.line.wakeNext()) return false;
    this.value--;
    return true;
  }

  #forgetOldest(): void {
    const most = Math.max(REMEMBERED, this.#taken);
    while (this.#guards.size > most) this.#forget(this.#guards.first() as SemaphoreGuard);
  }

  #forget(guard: SemaphoreGuard): void {
    guard.task = null;
    this.#guards.remove(guard);
  }
}

/** One call of `acquire`: coroutine, future and place in the line. */
class Acquire extends BareLineWait<Guard> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;
  readonly #state: SemaphoreState;

  constructor(state: SemaphoreState) {
    super();
    this.line = state.line;
    this.#state = state;
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
    if (this.phase !== FRESH) return this.askedAgain();
    this.phase = OVER;
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<Guard> | null {
    const state = this.#state;
    if (state.value === 0 || !state.line.allCancelled()) {
      this.line.bind(state.semaphore);
      return null;
    }
    state.value--;
    return { done: true, value: state.guard() };
  }

  override woken(): IteratorReturnResult<Guard> {
    // Tasks that arrived while the others were on their way had to wait, even if there was something left.
    this.#state.wakeAllowed();
    return { done: true, value: this.#state.guard() };
  }

  override gaveUp(granted: boolean): void {
    if (granted) this.#state.value++;
    this.#state.wakeAllowed();
  }

  override toString(): string {
    return `<acquire ${this.#state.semaphore}>`;
  }
}

let isKnown = false;
let setBound: (semaphore: Semaphore, bound: number) => void;

/**
 * A counter that each acquire decrements and each release increments: it limits how many tasks do something at the same
 * time. Tasks that find it at zero wait in the order in which they arrived. It is bound to a loop by the first task that
 * has to wait.
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
 *
 * @category Synchronization
 */
export class Semaphore {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #state: SemaphoreState;

  static {
    setBound = (semaphore, bound) => void (semaphore.#state.bound = bound);
  }

  /**
   * Makes a semaphore that can be acquired `value` times; 1 by default.
   *
   * @throws {TypeError} if the value is not a number
   * @throws {RangeError} if it is negative or not a whole number; Infinity is allowed
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
    this.#state = new SemaphoreState(this, value);
    isKnown ||= noteHotMethods(Semaphore, "acquire");
  }

  /**
   * Decrements the counter, and waits while it is zero or others wait. Returns a guard for `using`, which releases it
   * at the end of the block.
   *
   * A guard does nothing if its acquisition was released by hand: {@linkcode Semaphore.release} releases the latest
   * acquisition of the task that calls it.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the semaphore is bound to another loop
   */
  acquire(): LazyAwaitable<Guard> {
    return new Acquire(this.#state);
  }

  /** Increments the counter and wakes the first task that waits. It may be called more often than `acquire`. */
  release(): void {
    this.#state.releaseByHand();
  }

  /** Whether `acquire` would have to wait: the counter is zero, or others wait. */
  locked(): boolean {
    return this.#state.locked();
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this.#state.value}`;
    return `<${this.constructor.name} [${state}${this.#state.line.describe()}]>`;
  }
}

/**
 * A semaphore that refuses to be released more often than it was acquired.
 *
 * @example A slot that is released twice
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
 *
 * @category Synchronization
 */
export class BoundedSemaphore extends Semaphore {
  /**
   * Makes a semaphore that can be acquired `value` times; 1 by default.
   *
   * @throws {TypeError} if the value is not a number
   * @throws {RangeError} if it is negative or not a whole number; Infinity is allowed
   */
  constructor(value = 1) {
    super(value);
    setBound(this, value);
  }

  /**
   * Increments the counter and wakes the first task that waits.
   *
   * @throws {RangeError} if it was released as often as acquired already
   */
  override release(): void {
    super.release();
  }
}
