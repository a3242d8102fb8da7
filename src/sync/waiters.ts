/**
 * What primitives share: tasks that wait in line, and what `using` gives back.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Runnable, Stepper } from "../core/contract.ts";
import { noted } from "../core/current.ts";
import { RuntimeError } from "../core/errors.ts";
import { type ListNode, NodeList } from "../core/lists.ts";
import { requireLoop } from "../core/running.ts";
import { BareWait, CANCELLED, FRESH } from "../core/wait.ts";

/**
 * A wait that stands in a line. It enters the line when its task suspends, and stays there until that task runs, even if
 * it is woken or cancelled: tasks that arrive meanwhile see that another one is before them.
 */
export abstract class BareLineWait<T> extends BareWait<T> implements ListNode<AnyLineWait> {
  /** Where it stands, or will stand. */
  abstract readonly line: Waiters;
  /** The wait before it; null at first. */
  abstract before: AnyLineWait | null;
  /** The wait behind it; null at first. */
  abstract after: AnyLineWait | null;

  override enter(): void {
    this.line.push(this);
  }

  override leave(): void {
    this.line.remove(this);
  }
}

/** What stands in a line. */
export type AnyLineWait = BareLineWait<unknown>;

/** A wait in a line as most are: `BareLineWait` is for what is awaited all the time, see {@linkcode BareWait}. */
export abstract class LineWait<T> extends BareLineWait<T> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;

  constructor(line: Waiters) {
    super();
    noted(this);
    this.line = line;
  }
}

/**
 * A line of waiting tasks: first come, first served, and leaving it costs the same anywhere. Tasks that are woken or cancelled and have not run
 * yet still stand in it.
 */
export class Waiters extends NodeList<AnyLineWait> {
  /** The loop of the tasks that wait; null until one has to. */
  #loop: BaseEventLoop | null = null;

  /**
   * Binds the owner of the line to the running loop, before a task waits: each primitive belongs to the loop of the first task that waits for it.
   *
   * @throws {RuntimeError} if it belongs to another loop already
   */
  bind(owner: object): void {
    const loop = requireLoop("wait here");
    if (this.#loop === null) this.#loop = loop;
    else if (this.#loop !== loop) {
      throw new RuntimeError(
        `Cannot wait for ${owner} here: it is bound to a different event loop, where a task waited for it first. ` +
          "Make one for each loop.",
      );
    }
  }

  /** Whether all in the line were cancelled; true for an empty line. */
  allCancelled(): boolean {
    for (let wait = this.first(); wait !== null; wait = wait.after) {
      if (wait.phase !== CANCELLED) return false;
    }
    return true;
  }

  /** Wakes the first, unless it is woken or cancelled already. */
  wakeFirst(): void {
    this.first()?.wake();
  }

  /** Wakes the first that still waits, which stays in the line; returns false if there is none. */
  wakeNext(): boolean {
    for (let wait = this.first(); wait !== null; wait = wait.after) {
      if (wait.wake()) return true;
    }
    return false;
  }

  /** Wakes the first `n` that still wait, in order; they stay in the line. */
  wake(n: number): void {
    for (let wait = this.first(); wait !== null && n > 0; wait = wait.after) {
      if (wait.wake()) n--;
    }
  }

  /** Removes waits up to the first that still waits, and wakes that; returns false if there is none. */
  releaseNext(): boolean {
    for (let wait = this.first(); wait !== null; wait = this.first()) {
      this.remove(wait);
      if (wait.wake()) return true;
    }
    return false;
  }

  /** Removes all and wakes those that still wait. */
  releaseAll(): void {
    while (this.releaseNext());
  }

  /** For the readable form of its owner: `, waiters:3`, or nothing for an empty line. */
  describe(): string {
    return this.size > 0 ? `, waiters:${this.size}` : "";
  }
}

/** What a guard releases. */
export interface Guarded {
  /** Releases the acquisition of a guard, unless it is released already. */
  releaseFor(guard: Guard): void;
}

/**
 * One acquisition of a {@linkcode Lock}, {@linkcode Condition} or {@linkcode Semaphore}, for `using`: it is released
 * at the end of the block. Nothing happens if it was released by hand before. An acquisition of another task is never
 * released.
 *
 * @example Released at the end of the block
 * ```ts
 * import { Lock, run } from "@loop/asyncio";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const lock = new Lock();
 * await run(function* () {
 *   {
 *     using _guard = yield* lock.acquire();
 *     assert(lock.locked());
 *   }
 *   assertFalse(lock.locked());
 * });
 * ```
 *
 * @category Synchronization
 */
export class Guard implements Disposable {
  readonly #guarded: Guarded;
  /**
   * @ignore What was run when it was made: most often a task. Null if that is not known. A note in the lock would be one of something young in
   * something old, and cost more.
   */
  by: Runnable | null;

  /** @ignore Made by `acquire()`. */
  constructor(guarded: Guarded, by: Runnable | null = null) {
    this.#guarded = guarded;
    this.by = by;
  }

  /** Releases the acquisition, unless it is released already. */
  [Symbol.dispose](): void {
    this.#guarded.releaseFor(this);
  }
}
