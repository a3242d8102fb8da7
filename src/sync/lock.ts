/**
 * Mutual exclusion between tasks.
 *
 * @module
 */
import { noteHotMethods } from "../core/current.ts";
import type { AnyTask, Stepper } from "../core/contract.ts";
import * as running from "../core/current.ts";
import { RuntimeError } from "../core/errors.ts";
import { taskOfEntry } from "../core/internal.ts";
import { type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import { FRESH, OVER } from "../core/wait.ts";
import { type AnyLineWait, BareLineWait, Guard, type Guarded, Waiters } from "./waiters.ts";
import { printsAsText } from "../core/repr.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use.
const { current } = running;

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
