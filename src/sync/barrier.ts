/**
 * A point that a number of tasks pass together.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { coroutine } from "../core/coroutine.ts";
import { BrokenBarrierError } from "../core/errors.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { Condition } from "./condition.ts";

/** Where a round of a barrier stands. */
type Phase =
  /** Tasks arrive; the last one wakes the others. */
  | "filling"
  /** They leave; a task that arrives now waits for the next round. */
  | "draining"
  /** They leave with an error, and then the barrier can be used again. */
  | "resetting"
  /** No task passes until the barrier is reset. */
  | "broken";

/** What a barrier is made of. */
class BarrierState {
  readonly parties: number;
  readonly changed: Condition = new Condition();
  phase: Phase = "filling";
  /** How many have arrived and not left. */
  count = 0;

  constructor(parties: number) {
    this.parties = parties;
    // What waits for it says so.
    this.changed.toString = () => String(this);
  }

  /** How many wait. */
  get waiting(): number {
    return this.phase === "filling" ? this.count : 0;
  }

  change(phase: Phase): void {
    this.phase = phase;
    this.changed.notifyAll();
  }

  toString(): string {
    const waiting = this.phase === "broken" ? "" : `, waiters:${this.waiting}/${this.parties}`;
    return `<Barrier [${this.phase}${waiting}]>`;
  }
}

const wait = /* @__PURE__ */ coroutine(function* wait(barrier: BarrierState): Coroutine<number> {
  const guard = yield* barrier.changed.acquire();
  try {
    yield* barrier.changed.waitFor(() => barrier.phase !== "draining" && barrier.phase !== "resetting");
    if (barrier.phase === "broken") {
      throw new BrokenBarrierError(`Cannot wait at ${barrier}: it was aborted. Call reset() to use it again.`);
    }
    const index = barrier.count++;
    try {
      if (index + 1 === barrier.parties) barrier.change("draining");
      else yield* untilFull(barrier);
      return index;
    } finally {
      if (--barrier.count === 0) barrier.change(isBroken(barrier) ? "broken" : "filling");
    }
  } finally {
    guard[Symbol.dispose]();
  }
});

function* untilFull(barrier: BarrierState): Coroutine<void> {
  yield* barrier.changed.waitFor(() => barrier.phase !== "filling");
  if (barrier.phase === "broken" || barrier.phase === "resetting") {
    throw new BrokenBarrierError(`Cannot pass ${barrier}: it was aborted or reset while this task waited at it.`);
  }
}

/** A function, since the phase changes while a task waits, which the types do not know. */
function isBroken(barrier: BarrierState): boolean {
  return barrier.phase === "broken";
}

const reset = /* @__PURE__ */ coroutine(function* reset(barrier: BarrierState): Coroutine<undefined> {
  const guard = yield* barrier.changed.acquire();
  barrier.change(barrier.count > 0 ? "resetting" : "filling");
  guard[Symbol.dispose]();
  return undefined;
});

const abort = /* @__PURE__ */ coroutine(function* abort(barrier: BarrierState): Coroutine<undefined> {
  const guard = yield* barrier.changed.acquire();
  barrier.change("broken");
  guard[Symbol.dispose]();
  return undefined;
});

/**
 * A point that a fixed number of tasks pass together: each task waits until all have arrived. It can be reused. It is
 * bound to a loop by the first task that has to wait.
 *
 * @example Both are ready before either goes on
 * ```ts
 * import { Barrier, run, sleep, taskGroup } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const ready = new Barrier(2);
 * const order: string[] = [];
 *
 * await run(() =>
 *   taskGroup(function* (group) {
 *     for (const delay of [1, 3]) {
 *       group.createTask(function* () {
 *         yield* sleep(delay);
 *         order.push("ready");
 *         yield* ready.wait();
 *         order.push("go");
 *       });
 *     }
 *   })
 * );
 * assertEquals(order, ["ready", "ready", "go", "go"]);
 * ```
 *
 * @category Synchronization
 */
export class Barrier {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #state: BarrierState;

  /**
   * Makes a barrier that `parties` tasks pass together.
   *
   * @throws {TypeError} if `parties` is not a number
   * @throws {RangeError} if it is less than 1 or not a whole number
   */
  constructor(parties: number) {
    if (typeof parties !== "number") {
      throw new TypeError(
        `Cannot make a Barrier for ${describeKind(parties)}: give the number of tasks that meet there.`,
      );
    }
    if (!Number.isInteger(parties) || parties < 1) {
      throw new RangeError(`Cannot make a Barrier for ${parties} tasks: their number must be whole, and at least 1.`);
    }
    this.#state = new BarrierState(parties);
  }

  /**
   * Waits until all parties have arrived. Returns a number from 0 to `parties - 1`, in the order of arrival. A task that is cancelled while it
   * waits leaves, and the barrier waits for another one. Each task gets a different number, unless a task has left: then two may get the
   * same number, as in CPython.
   *
   * @throws {BrokenBarrierError} when awaited, if the barrier was aborted, or is reset or aborted meanwhile
   */
  wait(): LazyAwaitable<number> {
    return noted(wait(this.#state), "Barrier.wait()");
  }

  /** Returns the barrier to its first state. Tasks that wait at it get a {@linkcode BrokenBarrierError}. */
  reset(): LazyAwaitable<undefined> {
    return noted(reset(this.#state), "Barrier.reset()");
  }

  /**
   * Breaks the barrier: tasks that wait at it, and all that arrive before a reset, get a {@linkcode BrokenBarrierError}.
   */
  abort(): LazyAwaitable<undefined> {
    return noted(abort(this.#state), "Barrier.abort()");
  }

  /** How many tasks pass together. */
  get parties(): number {
    return this.#state.parties;
  }

  /** How many tasks wait at it; 0 while they leave. */
  get nWaiting(): number {
    return this.#state.waiting;
  }

  /** Whether the barrier was aborted and not reset since. */
  get broken(): boolean {
    return isBroken(this.#state);
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return String(this.#state);
  }
}
