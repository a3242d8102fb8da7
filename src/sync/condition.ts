/**
 * Waiting for a change that others make under a lock.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { isCancelled } from "../core/cancelled_error.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { type Coroutine, FINISHED, type LazyAwaitable } from "../core/suspend.ts";
import { type Guard, LineWait, Waiters } from "./waiters.ts";
import { Lock, stateOf } from "./lock.ts";

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
