/**
 * A flag that tasks wait for, and a place where so many of them wait for one another.
 *
 * @module
 */
import { noted, noteHotMethods } from "../core/current.ts";
import type { Stepper } from "../core/contract.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { FRESH } from "../core/wait.ts";
import { LinkedList } from "../core/lists.ts";
import { type AnyLineWait, BareLineWait, Waiters } from "./waiters.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { coroutine } from "../core/coroutine.ts";
import { BrokenBarrierError } from "../core/errors.ts";
import { Condition } from "./lock.ts";

let isKnown = false;
let watch: (event: Event, callback: () => void) => () => void;

/** Calls back once, when an event that is not set is set. Returns a function that cancels the callback. */
export function whenSet(event: Event, callback: () => void): () => void {
  return watch(event, callback);
}

/** One call of `wait`. */
class EventWait extends BareLineWait<true> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;
  readonly #event: Event;

  constructor(event: Event, line: Waiters) {
    super();
    this.line = line;
    this.#event = event;
  }

  override methodName(): string {
    return "wait";
  }

  override tryNow(): IteratorReturnResult<true> | null {
    if (this.#event.isSet()) return this.woken();
    this.line.bind(this.#event);
    return null;
  }

  // Even if the event was cleared again meanwhile.
  override woken(): IteratorReturnResult<true> {
    return { done: true, value: true };
  }

  override toString(): string {
    return `<wait ${this.#event}>`;
  }
}

/**
 * A flag that tasks can wait for. Setting it wakes all tasks that wait, even if it is cleared at once. It is bound to a
 * loop by the first task that has to wait.
 *
 * Where it is imported, the name hides the host's own `Event`, a different class.
 *
 * @example Start when told
 * ```ts
 * import { createTask, Event, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const start = new Event();
 *   const task = createTask(function* () {
 *     yield* start.wait();
 *     return "started";
 *   });
 *   yield* sleep(1);
 *   start.set();
 *   console.log(yield* task);
 * });
 * ```
 *
 * @category Synchronization
 */
export class Event {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #line = new Waiters();
  #value = false;
  /** The callbacks of `whenSet`; null until there is one. */
  #callbacks: LinkedList<() => void> | null = null;

  /** Makes an event that is not set. */
  constructor() {
    isKnown ||= noteHotMethods(Event, "wait");
  }

  static {
    watch = (event, callback) => {
      const callbacks = event.#callbacks ??= new LinkedList();
      const entry = callbacks.add(callback);
      return () => void callbacks.remove(entry);
    };
  }

  /**
   * Waits until the flag is set, and returns true; suspends only if it is not.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the event is bound to another loop
   */
  wait(): LazyAwaitable<true> {
    return new EventWait(this, this.#line);
  }

  /** Sets the flag and wakes all tasks that wait, in the order in which they arrived. */
  set(): void {
    if (this.#value) return;
    this.#value = true;
    this.#line.wake(Infinity);
    if (this.#callbacks !== null) callAll(this.#callbacks);
  }

  /** Clears the flag: tasks that call `wait` from now on wait until it is set again. */
  clear(): void {
    this.#value = false;
  }

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.#value;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<Event [${this.#value ? "set" : "unset"}${this.#line.describe()}]>`;
  }
}

function callAll(callbacks: LinkedList<() => void>): void {
  for (let entry = callbacks.first(); entry !== null; entry = callbacks.first()) {
    callbacks.remove(entry);
    entry.item();
  }
}

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
