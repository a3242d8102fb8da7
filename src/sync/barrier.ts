/**
 * A point that a number of tasks pass together.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { BrokenBarrierError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { Condition } from "./condition.ts";

/** Tasks arrive; the last one lets all go. */
type State =
  | "filling"
  /** They leave; who comes now waits for the next round. */
  | "draining"
  /** They leave with an error, and then the barrier is as new. */
  | "resetting"
  /** Nobody passes until it is reset. */
  | "broken";

const wait = coroutine(function* wait(barrier: Barrier): Coroutine<number> {
  const guard = yield* barrier._changed.acquire();
  try {
    yield* barrier._changed.waitFor(() => barrier._state !== "draining" && barrier._state !== "resetting");
    if (barrier._state === "broken") {
      throw new BrokenBarrierError(`Cannot wait at ${barrier}: it was aborted. Call reset() to use it again.`);
    }
    const index = barrier._count++;
    try {
      if (index + 1 === barrier.parties) barrier._change("draining");
      else yield* untilFull(barrier);
      return index;
    } finally {
      if (--barrier._count === 0) barrier._change(barrier.broken ? "broken" : "filling");
    }
  } finally {
    guard[Symbol.dispose]();
  }
});

function* untilFull(barrier: Barrier): Coroutine<void> {
  yield* barrier._changed.waitFor(() => barrier._state !== "filling");
  if (barrier._state === "broken" || barrier._state === "resetting") {
    throw new BrokenBarrierError(`Cannot pass ${barrier}: it was aborted or reset while this task waited at it.`);
  }
}

const reset = coroutine(function* reset(barrier: Barrier): Coroutine<undefined> {
  const guard = yield* barrier._changed.acquire();
  barrier._change(barrier._count > 0 ? "resetting" : "filling");
  guard[Symbol.dispose]();
  return undefined;
});

const abort = coroutine(function* abort(barrier: Barrier): Coroutine<undefined> {
  const guard = yield* barrier._changed.acquire();
  barrier._change("broken");
  guard[Symbol.dispose]();
  return undefined;
});

/**
 * A point that a number of tasks pass together: each waits until all have come. It can be used again and again. Bound
 * to a loop by the first task that has to wait.
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
 */
export class Barrier {
  /** @internal */
  readonly _changed: Condition = new Condition();
  /** @internal */
  _state: State = "filling";
  /** @internal How many have arrived and not left. */
  _count = 0;
  readonly #parties: number;

  /**
   * Makes a barrier that `parties` tasks pass together.
   *
   * @throws {TypeError} if that is not a number
   * @throws {RangeError} if it is less than one, or not whole
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
    this.#parties = parties;
  }

  /**
   * Waits until all parties have come. Returns a number from 0 to `parties - 1`, by the order in which they came. A task that is cancelled
   * while it waits leaves, and the barrier waits for another one. The numbers differ, unless a task has left before: then two may get the
   * same one, as in CPython.
   *
   * @throws {BrokenBarrierError} when awaited, if the barrier was aborted, or is reset or aborted meanwhile
   */
  wait(): LazyAwaitable<number> {
    return wait(this);
  }

  /** Makes the barrier as new: those who wait at it get a {@linkcode BrokenBarrierError}, later ones pass as ever. */
  reset(): LazyAwaitable<undefined> {
    return reset(this);
  }

  /**
   * Breaks the barrier: those who wait at it, and all who come before a reset, get a {@linkcode BrokenBarrierError}.
   */
  abort(): LazyAwaitable<undefined> {
    return abort(this);
  }

  /** How many tasks pass together. */
  get parties(): number {
    return this.#parties;
  }

  /** How many tasks wait at it; 0 while they leave. */
  get nWaiting(): number {
    return this._state === "filling" ? this._count : 0;
  }

  /** Whether it was aborted, and not reset since. */
  get broken(): boolean {
    return this._state === "broken";
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<Barrier [${this._state}${this.broken ? "" : `, waiters:${this.nWaiting}/${this.parties}`}]>`;
  }

  /** @internal */
  _change(state: State): void {
    this._state = state;
    this._changed.notifyAll();
  }
}
