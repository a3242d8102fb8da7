/**
 * How tasks wait at a queue.
 *
 * @module
 */
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

  override methodName(): string {
    return "get";
  }

  // The lines of the shared one, for speed: see `Wait`.
  override next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      this.goOn();
      return this.woken() ?? this.suspend();
    }
    this.begin();
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<T> | null {
    const queue = this.#queue;
    if (queue.empty() && !queue._isShutDown) {
      bindLoop(queue);
      return null;
    }
    return { done: true, value: queue.getNowait() };
  }

  // Whoever was woken may find that somebody else was quicker; then it stands in line again, at the end.
  override woken(): IteratorReturnResult<T> | null {
    try {
      return this.tryNow();
    } catch (error) {
      // The wake-up that this get used up is for the next one: a function that compares may have thrown.
      this.gaveUp(true);
      throw error;
    }
  }

  override gaveUp(granted: boolean): void {
    if (granted && !this.#queue.empty()) this.line.releaseNext();
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

  override methodName(): string {
    return "put";
  }

  // The lines of the shared one, for speed: see `Wait`.
  override next(value?: unknown): IteratorResult<Suspend, undefined> {
    if (value === RESUME) {
      this.goOn();
      return this.woken() ?? this.suspend();
    }
    this.begin();
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    const queue = this.#queue;
    if (queue.full() && !queue._isShutDown) {
      bindLoop(queue);
      return null;
    }
    queue.putNowait(this.#item);
    return FINISHED;
  }

  override woken(): IteratorReturnResult<undefined> | null {
    try {
      return this.tryNow();
    } catch (error) {
      // The place that this put was woken for is for the next one: the item may have been refused.
      this.gaveUp(true);
      throw error;
    }
  }

  override gaveUp(granted: boolean): void {
    if (granted && !this.#queue.full()) this.line.releaseNext();
  }

  override toString(): string {
    return `<put ${this.#queue}>`;
  }
}
