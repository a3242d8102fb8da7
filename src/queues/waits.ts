/**
 * How tasks wait at a queue.
 *
 * @module
 */
import type { Stepper } from "../core/contract.ts";
import { FINISHED, RESUME, type Suspend } from "../core/suspend.ts";
import { FRESH, OVER } from "../core/wait.ts";
import { type AnyLineWait, BareLineWait, LineWait, Waiters } from "../sync/waiters.ts";
import type { Queue } from "./queue.ts";

/** The tasks that wait at a queue. */
export class QueueLines {
  readonly getters: Waiters = new Waiters();
  readonly putters: Waiters = new Waiters();
  /** Whether the queue was shut down: no task waits any more. */
  isShutDown = false;

  /** Binds the queue to the running loop, getters and putters alike. */
  bind(queue: object): void {
    this.getters.bind(queue);
  }

  /** For the readable form of the queue. */
  describe(): string[] {
    const parts: string[] = [];
    if (this.getters.size > 0) parts.push(`_getters[${this.getters.size}]`);
    if (this.putters.size > 0) parts.push(`_putters[${this.putters.size}]`);
    return parts;
  }
}

/** One call of `get`. */
export class Get<T> extends BareLineWait<T> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;
  readonly #queue: Queue<T>;
  readonly #lines: QueueLines;

  constructor(queue: Queue<T>, lines: QueueLines) {
    super();
    this.line = lines.getters;
    this.#queue = queue;
    this.#lines = lines;
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
    if (this.phase !== FRESH) return this.askedAgain();
    this.phase = OVER;
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<T> | null {
    const queue = this.#queue;
    if (queue.empty() && !this.#lines.isShutDown) {
      this.#lines.bind(queue);
      return null;
    }
    return { done: true, value: queue.getNowait() };
  }

  // A task that was woken may find that another one was quicker. Then it waits again, at the end of the line.
  override woken(): IteratorReturnResult<T> | null {
    try {
      return this.tryNow();
    } catch (error) {
      // A function that compares may have thrown. The next task is woken in place of this one.
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
export class Put<T> extends BareLineWait<undefined> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;
  readonly #queue: Queue<T>;
  readonly #lines: QueueLines;
  readonly #item: T;

  constructor(queue: Queue<T>, lines: QueueLines, item: T) {
    super();
    this.line = lines.putters;
    this.#queue = queue;
    this.#lines = lines;
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
    if (this.phase !== FRESH) return this.askedAgain();
    this.phase = OVER;
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    const queue = this.#queue;
    if (queue.full() && !this.#lines.isShutDown) {
      this.#lines.bind(queue);
      return null;
    }
    queue.putNowait(this.#item);
    return FINISHED;
  }

  override woken(): IteratorReturnResult<undefined> | null {
    try {
      return this.tryNow();
    } catch (error) {
      // The item may have been refused. The next task is woken in place of this one.
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

/** One call of `join`. */
export class Join extends LineWait<undefined> {
  readonly #queue: object;
  readonly #isFinished: () => boolean;

  constructor(queue: object, line: Waiters, isFinished: () => boolean) {
    super(line);
    this.#queue = queue;
    this.#isFinished = isFinished;
  }

  override methodName(): string {
    return "join";
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    if (this.#isFinished()) return FINISHED;
    this.line.bind(this.#queue);
    return null;
  }

  // Even if something was put in again meanwhile.
  override woken(): IteratorReturnResult<undefined> {
    return FINISHED;
  }

  override toString(): string {
    return `<join ${this.#queue}>`;
  }
}
