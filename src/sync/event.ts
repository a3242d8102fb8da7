/**
 * A flag that tasks wait for.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import { bindLoop } from "./bind_loop.ts";
import { LineWait, Waiters } from "./waiters.ts";

let watch: (event: Event, callback: () => void) => () => void;

/** Calls back once, when an event that is not set is set; returns what takes that back. */
export function whenSet(event: Event, callback: () => void): () => void {
  return watch(event, callback);
}

/** One call of `wait`. */
class EventWait<T> extends LineWait<T> {
  readonly #event: Event;
  readonly #result: T;

  constructor(event: Event, result: T) {
    super(event._waiters);
    this.#event = event;
    this.#result = result;
  }

  override methodName(): string {
    return "wait";
  }

  override tryNow(): IteratorReturnResult<T> | null {
    if (this.#event.isSet()) return this.woken();
    bindLoop(this.#event);
    return null;
  }

  // Even if the event was cleared again meanwhile.
  override woken(): IteratorReturnResult<T> {
    return { done: true, value: this.#result };
  }

  override toString(): string {
    return `<wait ${this.#event}>`;
  }
}

/**
 * A flag that tasks can wait for. Setting it wakes everyone who waits, even if it is cleared at once. Bound to a loop
 * by the first task that has to wait.
 *
 * The name hides the host's own `Event`, which has nothing to do with it, where it is imported.
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
 */
export class Event {
  /** @internal */
  _loop: BaseEventLoop | null = null;
  /** @internal */
  readonly _waiters: Waiters = new Waiters();
  #value = false;
  /** What `whenSet` has to call; made when it is needed. */
  #callbacks: Set<{ callback: () => void }> | null = null;

  static {
    watch = (event, callback) => {
      const entry = { callback };
      const callbacks = event.#callbacks ??= new Set();
      callbacks.add(entry);
      return () => void callbacks.delete(entry);
    };
  }

  /**
   * Waits until the flag is set, and gives true; suspends only if it is not.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the event is bound to another loop
   */
  wait(): LazyAwaitable<true> {
    return new EventWait<true>(this, true);
  }

  /** Sets the flag and wakes everyone who waits, in the order that they came. */
  set(): void {
    if (this.#value) return;
    this.#value = true;
    this._waiters.wake(Infinity);
    for (const entry of this.#callbacks ?? []) {
      this.#callbacks?.delete(entry);
      entry.callback();
    }
  }

  /** Clears the flag: from now on tasks wait again. */
  clear(): void {
    this.#value = false;
  }

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.#value;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const waiting = this._waiters.length > 0 ? `, waiters:${this._waiters.length}` : "";
    return `<Event [${this.#value ? "set" : "unset"}${waiting}]>`;
  }

  /** @internal The same wait with nothing to give. */
  _waitSilently(): LazyAwaitable<undefined> {
    return new EventWait<undefined>(this, undefined);
  }
}
