/**
 * How a task reads from a stream: one object for each call, coroutine and future in one.
 *
 * @module
 */
import { IncompleteReadError, LimitOverrunError } from "../core/errors.ts";
import type { Stepper } from "../core/contract.ts";
import { noted } from "../core/current.ts";
import { RESUME, type Suspend } from "../core/suspend.ts";
import { BareWait, FRESH, OVER } from "../core/wait.ts";
import { concatenate, type ReaderState } from "./reader_state.ts";

/** One call of a read method. Each class declares the fields itself, see {@linkcode BareWait}: there is an object for each message. */
export abstract class Read extends BareWait<Uint8Array> {
  /** What it takes from. */
  abstract readonly state: ReaderState;

  /** Checks what was asked for, when the await begins. Returns data if that needs no look at the buffer. */
  abstract beginRead(): Uint8Array | null;
  /** Takes what was asked for out of the buffer; null if more must come. */
  abstract attempt(): Uint8Array | null;

  // The first step has a check of its own before it takes anything.
  override next(value?: unknown): IteratorResult<Suspend, Uint8Array> {
    if (value === RESUME) {
      this.goOn();
    } else {
      if (this.phase !== FRESH) return this.askedAgain();
      this.phase = OVER;
      const data = this.beginRead();
      if (data !== null) return { done: true, value: data };
    }
    return this.tryNow() ?? this.suspend();
  }

  override tryNow(): IteratorReturnResult<Uint8Array> | null {
    const data = this.attempt();
    if (data !== null) return { done: true, value: data };
    this.state.checkWait(this);
    return null;
  }

  override enter(): void {
    this.state.waiter = this;
  }

  // The place is free again, even if another task has taken it meanwhile.
  override leave(): void {
    this.state.waiter = null;
  }

  override toString(): string {
    return `<${this.methodName()} ${this.state}>`;
  }
}

/** `read(n)`: what is there, and at least one byte of it. */
export class ReadSome extends Read {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly state: ReaderState;
  readonly #n: number;
  #waited = false;

  constructor(state: ReaderState, n: number) {
    super();
    noted(this);
    this.state = state;
    this.#n = n;
  }

  override methodName(): string {
    return "read";
  }

  beginRead(): Uint8Array | null {
    this.state.throwError();
    return this.#n === 0 ? new Uint8Array(0) : null;
  }

  attempt(): Uint8Array | null {
    const { state } = this;
    if (state.buffer.length === 0 && !state.eof && !this.#waited) {
      this.#waited = true;
      return null;
    }
    return state.take(this.#n);
  }
}

/**
 * `read()`: everything up to the end, in blocks of the limit, so that a paused transport goes on in between. The blocks
 * are dropped if it is cancelled or the stream fails, as in CPython: reads of a stream that failed return no bytes any more.
 */
export class ReadAll extends Read {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly state: ReaderState;
  readonly #blocks: Uint8Array[] = [];
  #waited = false;

  constructor(state: ReaderState) {
    super();
    noted(this);
    this.state = state;
  }

  override methodName(): string {
    return "read";
  }

  beginRead(): Uint8Array | null {
    this.state.throwError();
    return null;
  }

  attempt(): Uint8Array | null {
    const { state } = this;
    for (;;) {
      if (!this.#waited) {
        state.throwError();
        if (state.buffer.length === 0 && !state.eof) {
          this.#waited = true;
          return null;
        }
      }
      this.#waited = false;
      const block = state.take(state.limit);
      if (block.length === 0) return concatenate(this.#blocks);
      this.#blocks.push(block);
    }
  }
}

/** `readexactly(n)`. */
export class ReadExactly extends Read {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly state: ReaderState;
  readonly #n: number;

  constructor(state: ReaderState, n: number) {
    super();
    noted(this);
    this.state = state;
    this.#n = n;
  }

  override methodName(): string {
    return "readexactly";
  }

  beginRead(): Uint8Array | null {
    if (this.#n < 0) throw new RangeError(`Cannot read exactly ${this.#n} bytes: give a number that is not negative.`);
    this.state.throwError();
    return this.#n === 0 ? new Uint8Array(0) : null;
  }

  attempt(): Uint8Array | null {
    const { state } = this;
    if (state.buffer.length >= this.#n) return state.take(this.#n);
    if (!state.eof) return null;
    throw new IncompleteReadError(state.buffer.take(this.#n), this.#n);
  }
}

/** `readuntil(separator)`. */
export class ReadUntil extends Read {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly state: ReaderState;
  /**
   * Shortest first: of two that end at the same place the longer one counts only where the shorter one does not stand.
   */
  readonly #separators: readonly Uint8Array[];
  /** No separator begins before this place, so that no byte is searched twice. */
  #offset = 0;

  constructor(state: ReaderState, separators: readonly Uint8Array[]) {
    super();
    noted(this);
    this.state = state;
    this.#separators = [...separators].sort((a, b) => a.length - b.length);
  }

  override methodName(): string {
    return "readuntil";
  }

  beginRead(): Uint8Array | null {
    const shortest = this.#separators[0];
    if (shortest === undefined) {
      throw new RangeError("Cannot read up to a separator: none was given. Give at least one.");
    }
    if (shortest.length === 0) {
      throw new RangeError("Cannot read up to an empty separator: it must have at least one byte.");
    }
    this.state.throwError();
    return null;
  }

  attempt(): Uint8Array | null {
    const { state } = this;
    const length = state.buffer.length;
    const shortest = (this.#separators[0] as Uint8Array).length;
    if (length - this.#offset >= shortest) {
      const [start, end] = this.#search();
      if (end >= 0) {
        if (start <= state.limit) return state.take(end);
        throw new LimitOverrunError(
          `Cannot read up to the separator: it stands after ${start} bytes, and the limit is ${state.limit}. ` +
            "Make the reader with a higher limit, or read in pieces.",
          start,
        );
      }
      const longest = (this.#separators.at(-1) as Uint8Array).length;
      this.#offset = Math.max(0, length + 1 - longest);
      if (this.#offset > state.limit) {
        throw new LimitOverrunError(
          `Cannot read up to the separator: it is not found in ${this.#offset} bytes, and the limit is ${state.limit}. ` +
            "Make the reader with a higher limit, or read in pieces.",
          this.#offset,
        );
      }
    }
    if (!state.eof) return null;
    throw new IncompleteReadError(state.buffer.take(length), null);
  }

  /** Where the separator that ends first begins and ends; -1 if there is none. */
  #search(): [start: number, end: number] {
    let start = -1;
    let end = -1;
    for (const separator of this.#separators) {
      const at = this.state.buffer.find(separator, this.#offset);
      if (at >= 0 && (end < 0 || at + separator.length < end)) {
        start = at;
        end = at + separator.length;
      }
    }
    return [start, end];
  }
}

const NEWLINE = /* @__PURE__ */ new Uint8Array([10]);

/** `readline()`. */
export class ReadLine extends ReadUntil {
  constructor(state: ReaderState) {
    super(state, [NEWLINE]);
  }

  override methodName(): string {
    return "readline";
  }

  override attempt(): Uint8Array | null {
    try {
      return super.attempt();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      const buffer = this.state.buffer;
      if (buffer.startsWith(NEWLINE, error.consumed)) buffer.drop(error.consumed + 1);
      else buffer.clear();
      this.state.resumeIfDrained();
      throw new RangeError(error.message, { cause: error });
    }
  }
}
