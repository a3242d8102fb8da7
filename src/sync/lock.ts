/**
 * Mutual exclusion between tasks.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { RuntimeError } from "../core/errors.ts";
import { type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import { bindLoop } from "./bind_loop.ts";
import { Guard } from "./guard.ts";
import { LineWait, Waiters } from "./waiters.ts";

/** One call of `acquire`: coroutine, future and place in the line. */
class Acquire extends LineWait<Guard> {
  readonly #lock: Lock;

  constructor(lock: Lock) {
    super(lock._waiters);
    this.#lock = lock;
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
    const lock = this.#lock;
    if (lock._holder === null && this.line.allCancelled()) {
      return { done: true, value: lock._holder = new Guard(lock) };
    }
    bindLoop(lock);
    return null;
  }

  override woken(): IteratorReturnResult<Guard> {
    return { done: true, value: this.#lock._holder = new Guard(this.#lock) };
  }

  // Woken or not: whoever leaves while the lock is free must not keep the next one from it.
  override gaveUp(): void {
    if (this.#lock._holder === null) this.line.wakeFirst();
  }

  override toString(): string {
    return `<acquire ${this.#lock}>`;
  }
}

/**
 * A mutual exclusion lock for tasks: one holds it, the others wait in the order that they came. It is not bound to its
 * holder: any task may release it. Bound to a loop by the first task that has to wait.
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
 */
export class Lock {
  /** @internal */
  _loop: BaseEventLoop | null = null;
  /** @internal */
  readonly _waiters: Waiters = new Waiters();
  /** @internal The guard of the acquisition that holds the lock: what tells it from any other. */
  _holder: Guard | null = null;

  /**
   * Waits until the lock is free and takes it; a free lock that nobody waits for is taken without suspending. Gives a
   * guard for `using`, which releases the lock at the end of the block.
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
    return new Acquire(this);
  }

  /**
   * Releases the lock and wakes the first task that waits for it.
   *
   * @throws {RuntimeError} if it is not locked
   */
  release(): void {
    if (this._holder === null) {
      throw new RuntimeError(`Cannot release ${this}: it is not acquired. Release only what acquire() gave, and once.`);
    }
    this._holder = null;
    this._waiters.wakeFirst();
  }

  /** Whether some task holds the lock. */
  locked(): boolean {
    return this._holder !== null;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const waiting = this._waiters.length > 0 ? `, waiters:${this._waiters.length}` : "";
    return `<Lock [${this._holder === null ? "unlocked" : "locked"}${waiting}]>`;
  }

  /** @internal */
  _releaseFor(guard: Guard): void {
    if (this._holder === guard) this.release();
  }
}
