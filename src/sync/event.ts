/**
 * A flag that tasks wait for.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError } from "../core/cancelled_error.ts";
import { FRESH, OVER } from "../core/lazy.ts";
import { awaitedTwice } from "../core/misuse.ts";
import { type LazyAwaitable, RESUME, type Suspend } from "../core/suspend.ts";
import { bindLoop } from "./bind_loop.ts";
import { LineWait, Waiters } from "./waiters.ts";

/** One call of `wait`. */
class EventWait<T> extends LineWait<T> {
  readonly #event: Event;
  readonly #result: T;

  constructor(event: Event, result: T) {
    super(event._waiters);
    this.#event = event;
    this.#result = result;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      if (this._leave()) throw new CancelledError(this._message);
    } else {
      if (this._phase !== FRESH) {
        this._forget();
        throw awaitedTwice("wait()");
      }
      if (!this.#event.isSet()) {
        bindLoop(this.#event);
        return this._suspend();
      }
      this._phase = OVER;
    }
    return { done: true, value: this.#result };
  }

  // set() wakes everybody, so there is nothing to hand over.
  _gaveUp(_granted: boolean): void {}

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
