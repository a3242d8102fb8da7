/**
 * Locks, and conditions, which are waited for with a lock.
 *
 * @module
 */
import { current as importedCurrent, noted, noteHotMethods } from "../core/current.ts";
import type { AnyTask, Stepper } from "../core/contract.ts";
import { isCancelled, RuntimeError } from "../core/errors.ts";
import { taskOfEntry } from "../core/internal.ts";
import { type Coroutine, FINISHED, type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import { FRESH, OVER } from "../core/wait.ts";
import { type AnyLineWait, BareLineWait, Guard, type Guarded, LineWait, Waiters } from "./waiters.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { coroutine } from "../core/coroutine.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use.
const current = importedCurrent;

/** The state of a lock, which waits and guards share. */
export class LockState implements Guarded {
  readonly lock: Lock;
  readonly line: Waiters = new Waiters();
  /** The guard of the acquisition that holds the lock; null if the lock is free. */
  holder: Guard | null = null;

  constructor(lock: Lock) {
    this.lock = lock;
  }

  /** The lock was taken anew for an earlier acquisition. */
  isHeldBy(earlier: Guard | null): void {
    if (earlier !== null && this.holder !== null) earlier.by = this.holder.by;
    this.holder = earlier;
  }

  releaseFor(guard: Guard): void {
    if (this.holder === guard) this.release();
  }

  release(): void {
    if (this.holder === null) {
      throw new RuntimeError(
        `Cannot release ${this.lock}: it is not acquired. Release only what acquire() returned, and once.`,
      );
    }
    this.holder = null;
    this.line.wakeFirst();
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
  readonly #state: LockState;

  constructor(state: LockState) {
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
    if (state.holder === null && this.line.allCancelled()) {
      const by = current.stepper ?? (current.entries === null ? null : current.entries.first() ?? null);
      return { done: true, value: state.holder = new Guard(state, by) };
    }
    this.line.bind(state.lock);
    return null;
  }

  override woken(): IteratorReturnResult<Guard> {
    const state = this.#state;
    return { done: true, value: state.holder = new Guard(state, this.stepper) };
  }

  // Woken or not: a task that leaves while the lock is free must not keep the next one from it.
  override gaveUp(): void {
    if (this.#state.holder === null) this.line.wakeFirst();
  }

  override heldBy(): AnyTask | null {
    const by = this.#state.holder?.by ?? null;
    return by === null ? null : taskOfEntry(by) as AnyTask | null;
  }

  override toString(): string {
    return `<acquire ${this.#state.lock}>`;
  }
}

let state: (lock: Lock) => LockState;
let isKnown = false;

/** The state of a lock, for a condition on it. */
export function stateOf(lock: Lock): LockState {
  return state(lock);
}

/**
 * A mutual exclusion lock for tasks: one task holds it, the others wait in the order in which they arrived. Any task may
 * release it, not only its holder. It is bound to a loop by the first task that has to wait.
 *
 * @example One at a time
 * ```ts
 * import { Lock, run, sleep, taskGroup } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = new Lock();
 * const order: string[] = [];
 *
 * await run(() =>
 *   taskGroup(function* (group) {
 *     for (const name of ["a", "b"]) {
 *       group.createTask(function* () {
 *         using _guard = yield* lock.acquire();
 *         order.push(`${name} in`);
 *         yield* sleep(1);
 *         order.push(`${name} out`);
 *       });
 *     }
 *   })
 * );
 * assertEquals(order, ["a in", "a out", "b in", "b out"]);
 * ```
 *
 * @category Synchronization
 */
export class Lock {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #state = new LockState(this);

  /** Makes a lock that is free. */
  constructor() {
    isKnown ||= noteHotMethods(Lock, "acquire");
  }

  static {
    state = (lock) => lock.#state;
  }

  /**
   * Waits until the lock is free and takes it; a free lock that nobody waits for is taken without suspending. Returns
   * a guard for `using`, which releases the lock at the end of the block.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the lock is bound to another loop
   *
   * @example In an async function
   * ```ts
   * import { Lock, run } from "@loop/asyncio";
   *
   * const lock = new Lock();
   * await run(async () => {
   *   using _guard = await lock.acquire();
   * });
   * ```
   */
  acquire(): LazyAwaitable<Guard> {
    return new Acquire(this.#state);
  }

  /**
   * Releases the lock and wakes the first task that waits for it.
   *
   * @throws {RuntimeError} if it is not locked
   */
  release(): void {
    this.#state.release();
  }

  /** Whether the lock is held. */
  locked(): boolean {
    return this.#state.holder !== null;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<Lock [${this.locked() ? "locked" : "unlocked"}${this.#state.line.describe()}]>`;
  }
}

/** The part of a wait in which the lock is not held. */
class Notification extends LineWait<undefined> {
  readonly #condition: Condition;

  constructor(condition: Condition, line: Waiters) {
    super(line);
    this.#condition = condition;
  }

  override methodName(): string {
    return "Condition.wait";
  }

  override tryNow(): null {
    return null;
  }

  override woken(): IteratorReturnResult<undefined> {
    return FINISHED;
  }

  override toString(): string {
    return `<wait ${this.#condition}>`;
  }
}

const wait = /* @__PURE__ */ coroutine(
  function* wait(condition: Condition, lock: Lock, line: Waiters): Coroutine<true> {
    checkLocked(condition, "wait for");
    line.bind(condition);
    // The guard that the caller got from acquire() releases the lock again afterwards.
    const state = stateOf(lock);
    const { holder } = state;
    lock.release();
    let failed = false;
    let failure: unknown;
    try {
      yield* new Notification(condition, line);
    } catch (error) {
      failed = true;
      failure = error;
    }
    // The caller must hold the lock when this ends, even if it is cancelled. The last cancel counts.
    for (;;) {
      try {
        yield* lock.acquire();
        state.isHeldBy(holder);
        break;
      } catch (error) {
        failed = true;
        failure = error;
        if (!isCancelled(error)) break;
      }
    }
    if (!failed) return true;
    // It may have been notified before. That notification is for a task that can go on.
    line.wake(1);
    throw failure;
  },
);

const waitFor = /* @__PURE__ */ coroutine(function* waitFor<T>(condition: Condition, predicate: () => T): Coroutine<T> {
  let result = predicate();
  while (!result) {
    yield* condition.wait();
    result = predicate();
  }
  return result;
}) as <T>(condition: Condition, predicate: () => T) => LazyAwaitable<T>;

function checkLocked(condition: Condition, what: string): void {
  if (condition.locked()) return;
  throw new RuntimeError(`Cannot ${what} ${condition}: its lock is not acquired. Acquire it around the call.`);
}

/**
 * A condition variable: tasks that hold its lock wait for a change, and a task that makes the change with the lock held
 * notifies them. Several conditions may share a lock. It is bound to a loop by the first task that waits.
 *
 * @example Wait until there is enough
 * ```ts
 * import { Condition, createTask, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const changed = new Condition();
 *   let stock = 0;
 *   const buyer = createTask(function* () {
 *     using _guard = yield* changed.acquire();
 *     yield* changed.waitFor(() => stock >= 2);
 *     return stock -= 2;
 *   });
 *   for (let i = 0; i < 3; i++) {
 *     using _guard = yield* changed.acquire();
 *     stock++;
 *     changed.notifyAll();
 *   }
 *   assertEquals(yield* buyer, 1);
 * });
 * ```
 *
 * @category Synchronization
 */
export class Condition {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #line = new Waiters();
  readonly #lock: Lock;

  /**
   * Makes a condition on a lock, by default on one of its own.
   *
   * @throws {TypeError} if it is not given a Lock
   */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) {
      throw new TypeError(`Cannot make a Condition on ${describeKind(lock)}: give a Lock, or nothing.`);
    }
    this.#lock = lock;
  }

  /** Acquires the lock, as {@linkcode Lock.acquire}. */
  acquire(): LazyAwaitable<Guard> {
    return this.#lock.acquire();
  }

  /**
   * Releases the lock.
   *
   * @throws {RuntimeError} if it is not locked
   */
  release(): void {
    this.#lock.release();
  }

  /** Whether the lock is held. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Releases the lock, waits to be notified, and acquires the lock again, which it does even when cancelled. Returns
   * true. It may return without a notification, so check the state that you wait for, or call {@linkcode Condition.waitFor}.
   *
   * @throws {RuntimeError} when awaited, if the lock is not held, or the condition is bound to another loop
   */
  wait(): LazyAwaitable<true> {
    return noted(wait(this, this.#lock, this.#line), "Condition.wait()");
  }

  /**
   * Waits until the predicate returns something truthy, and returns that. The predicate is called before the first wait,
   * and after each.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the lock is not held
   * @throws {TypeError} if the predicate is not a function
   */
  waitFor<T>(predicate: () => T): LazyAwaitable<T> {
    if (typeof predicate !== "function") {
      throw new TypeError(`Cannot wait for ${describeKind(predicate)}: give a function that returns whether to go on.`);
    }
    return noted(waitFor(this, predicate), "Condition.waitFor()");
  }

  /**
   * Wakes the first `n` tasks that wait, one by default. They go on one after the other, as they get the lock.
   *
   * @throws {RuntimeError} if the lock is not held
   */
  notify(n = 1): void {
    checkLocked(this, "notify");
    this.#line.wake(n);
  }

  /**
   * Wakes all tasks that wait.
   *
   * @throws {RuntimeError} if the lock is not held
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<Condition [${this.locked() ? "locked" : "unlocked"}${this.#line.describe()}]>`;
  }
}
