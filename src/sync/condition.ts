/**
 * Waiting for a change that others make under a lock.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { isCancelled } from "../core/cancelled_error.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { type Coroutine, FINISHED, type LazyAwaitable } from "../core/suspend.ts";
import { bindLoop } from "./bind_loop.ts";
import type { Guard } from "./guard.ts";
import { Lock } from "./lock.ts";
import { LineWait, Waiters } from "./waiters.ts";

/** The part of a wait in which the lock is not held. */
class Notification extends LineWait<undefined> {
  override methodName(): string {
    return "notification";
  }

  override tryNow(): null {
    return null;
  }

  override woken(): IteratorReturnResult<undefined> {
    return FINISHED;
  }
}

const wait = coroutine(function* wait(condition: Condition): Coroutine<true> {
  const lock = condition._lock;
  condition._checkLocked("wait for");
  bindLoop(condition);
  // The guard that the caller has from acquire() stands for the lock again afterwards.
  const holder = lock._holder;
  lock.release();
  let failed = false;
  let failure: unknown;
  try {
    yield* new Notification(condition._waiters);
  } catch (error) {
    failed = true;
    failure = error;
  }
  // The caller believes that it holds the lock, so not even a cancel may come back without it. The last cancel counts.
  for (;;) {
    try {
      yield* lock.acquire();
      lock._holder = holder;
      break;
    } catch (error) {
      failed = true;
      failure = error;
      if (!isCancelled(error)) break;
    }
  }
  if (!failed) return true;
  // It may have been notified before; then that was meant for somebody who can go on.
  condition._waiters.wake(1);
  throw failure;
});

const waitFor = coroutine(function* waitFor<T>(condition: Condition, predicate: () => T): Coroutine<T> {
  let result = predicate();
  while (!result) {
    yield* wait(condition);
    result = predicate();
  }
  return result;
}) as <T>(condition: Condition, predicate: () => T) => LazyAwaitable<T>;

/**
 * A condition variable: tasks that hold its lock wait for a change, and whoever makes the change under the lock
 * notifies them. Several conditions may share a lock. Bound to a loop by the first task that waits.
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
 */
export class Condition {
  /** @internal */
  _loop: BaseEventLoop | null = null;
  /** @internal */
  readonly _waiters: Waiters = new Waiters();
  /** @internal */
  readonly _lock: Lock;

  /**
   * Makes a condition on a lock, by default on one of its own.
   *
   * @throws {TypeError} if it is given something else than a Lock
   */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) {
      throw new TypeError(`Cannot make a Condition on ${describeKind(lock)}: give a Lock, or nothing.`);
    }
    this._lock = lock;
  }

  /** Acquires the lock, as {@linkcode Lock.acquire}. */
  acquire(): LazyAwaitable<Guard> {
    return this._lock.acquire();
  }

  /**
   * Releases the lock.
   *
   * @throws {RuntimeError} if it is not locked
   */
  release(): void {
    this._lock.release();
  }

  /** Whether the lock is held. */
  locked(): boolean {
    return this._lock.locked();
  }

  /**
   * Releases the lock, waits to be notified, and acquires the lock again, which it does even when cancelled. Gives
   * true. It may come back without a notification, so look at what you wait for, or call {@linkcode Condition.waitFor}.
   *
   * @throws {RuntimeError} when awaited, if the lock is not held, or the condition is bound to another loop
   */
  wait(): LazyAwaitable<true> {
    return wait(this);
  }

  /**
   * Waits until the predicate gives something truthy, and gives that. It is asked before the first wait, and after
   * each.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the lock is not held
   * @throws {TypeError} if the predicate is no function
   */
  waitFor<T>(predicate: () => T): LazyAwaitable<T> {
    if (typeof predicate !== "function") {
      throw new TypeError(`Cannot wait for ${describeKind(predicate)}: give a function that says whether to go on.`);
    }
    return waitFor(this, predicate);
  }

  /**
   * Wakes the first `n` tasks that wait; they go on one after the other as they get the lock.
   *
   * @throws {RuntimeError} if the lock is not held
   */
  notify(n = 1): void {
    this._checkLocked("notify");
    this._waiters.wake(n);
  }

  /**
   * Wakes everyone who waits.
   *
   * @throws {RuntimeError} if the lock is not held
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const waiting = this._waiters.length > 0 ? `, waiters:${this._waiters.length}` : "";
    return `<Condition [${this.locked() ? "locked" : "unlocked"}${waiting}]>`;
  }

  /** @internal */
  _checkLocked(what: string): void {
    if (!this.locked()) {
      throw new RuntimeError(`Cannot ${what} ${this}: its lock is not acquired. Acquire it around the call.`);
    }
  }
}
