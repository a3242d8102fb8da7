/**
 * How tasks wait at a queue.
 *
 * @module
 */
import { CancelledError } from "../core/cancelled_error.ts";
import { FRESH, OVER } from "../core/lazy.ts";
import { awaitedTwice } from "../core/misuse.ts";
import { FINISHED, RESUME, type Suspend } from "../core/suspend.ts";
import { bindLoop } from "../sync/bind_loop.ts";
import { LineWait } from "../sync/waiters.ts";
import type { Queue } from "./queue.ts";

/** One call of `get`. */
export class Get<T> extends LineWait<T> {
  readonly #queue: Queue<T>;

  constructor(queue: Queue<T>) {
    super(queue._getters);
    this.#queue = queue;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const queue = this.#queue;
    if (value !== RESUME) {
      if (this._phase !== FRESH) {
        this._forget();
        throw awaitedTwice("get()");
      }
    } else if (this._leave()) {
      throw new CancelledError(this._message);
    }
    // Whoever was woken may find that somebody else was quicker; then it stands in line again, at the end.
    if (queue.empty() && !queue._isShutDown) {
      bindLoop(queue);
      return this._suspend();
    }
    this._phase = OVER;
    try {
      return { done: true, value: queue.getNowait() };
    } catch (error) {
      // The wake-up that this get used up is for the next one: a function that compares may have thrown.
      if (value === RESUME) this._gaveUp(true);
      throw error;
    }
  }

  _gaveUp(granted: boolean): void {
    if (granted && !this.#queue.empty()) this._line.releaseNext();
  }

  override toString(): string {
    return `<get ${this.#queue}>`;
  }
}

/** One call of `put`. */
export class Put<T> extends LineWait<undefined> {
  readonly #queue: Queue<T>;
  readonly #item: T;

  constructor(queue: Queue<T>, item: T) {
    super(queue._putters);
    this.#queue = queue;
    this.#item = item;
  }

  next(value?: unknown): IteratorResult<Suspend, undefined> {
    const queue = this.#queue;
    if (value !== RESUME) {
      if (this._phase !== FRESH) {
        this._forget();
        throw awaitedTwice("put()");
      }
    } else if (this._leave()) {
      throw new CancelledError(this._message);
    }
    if (queue.full() && !queue._isShutDown) {
      bindLoop(queue);
      return this._suspend();
    }
    this._phase = OVER;
    try {
      queue.putNowait(this.#item);
    } catch (error) {
      // The place that this put was woken for is for the next one: the item may have been refused.
      if (value === RESUME) this._gaveUp(true);
      throw error;
    }
    return FINISHED;
  }

  _gaveUp(granted: boolean): void {
    if (granted && !this.#queue.full()) this._line.releaseNext();
  }

  override toString(): string {
    return `<put ${this.#queue}>`;
  }
}
