/**
 * How a task reads from a stream: one object for each call, coroutine and future in one.
 *
 * @module
 */
import { IncompleteReadError, LimitOverrunError } from "../core/errors.ts";
import { Wait } from "../core/wait.ts";
import { concatenate } from "./byte_buffer.ts";
import type { StreamReader } from "./stream_reader.ts";

/** One call of a read method. */
export abstract class Read extends Wait<Uint8Array> {
  /** @internal */
  readonly _reader: StreamReader;

  constructor(reader: StreamReader) {
    super();
    this._reader = reader;
  }

  /** @internal Checks what was asked for, when the await begins. Gives data if that needs no look at the buffer. */
  abstract _begin(): Uint8Array | null;
  /** @internal Takes what was asked for out of the buffer, or gives null if more must come. */
  abstract _attempt(): Uint8Array | null;

  override tryNow(): IteratorReturnResult<Uint8Array> | null {
    return this.#take(this._begin() ?? this._attempt());
  }

  override woken(): IteratorReturnResult<Uint8Array> | null {
    return this.#take(this._attempt());
  }

  #take(data: Uint8Array | null): IteratorReturnResult<Uint8Array> | null {
    if (data !== null) return { done: true, value: data };
    this._reader._checkWait(this);
    return null;
  }

  override enter(): void {
    this._reader._waiter = this;
  }

  // The place is free again, even if another task has taken it meanwhile.
  override leave(): void {
    this._reader._waiter = null;
  }

  override toString(): string {
    return `<${this.methodName()} ${this._reader}>`;
  }
}

/** `read(n)`: what is there, and at least one byte of it. */
export class ReadSome extends Read {
  readonly #n: number;
  #waited = false;

  constructor(reader: StreamReader, n: number) {
    super(reader);
    this.#n = n;
  }

  override methodName(): string {
    return "read";
  }

  _begin(): Uint8Array | null {
    this._reader._throwStored();
    return this.#n === 0 ? new Uint8Array(0) : null;
  }

  _attempt(): Uint8Array | null {
    const reader = this._reader;
    if (reader._buffer.length === 0 && !reader._eof && !this.#waited) {
      this.#waited = true;
      return null;
    }
    return reader._take(this.#n);
  }
}

/**
 * `read()`: everything up to the end, in blocks of the limit, so that a paused transport goes on in between. The blocks
 * are dropped if it is cancelled or the stream fails, as in CPython: a stream that failed gives no bytes any more.
 */
export class ReadAll extends Read {
  readonly #blocks: Uint8Array[] = [];
  #waited = false;

  override methodName(): string {
    return "read";
  }

  _begin(): Uint8Array | null {
    this._reader._throwStored();
    return null;
  }

  _attempt(): Uint8Array | null {
    const reader = this._reader;
    for (;;) {
      if (!this.#waited) {
        reader._throwStored();
        if (reader._buffer.length === 0 && !reader._eof) {
          this.#waited = true;
          return null;
        }
      }
      this.#waited = false;
      const block = reader._take(reader._limit);
      if (block.length === 0) return concatenate(this.#blocks);
      this.#blocks.push(block);
    }
  }
}

/** `readexactly(n)`. */
export class ReadExactly extends Read {
  readonly #n: number;

  constructor(reader: StreamReader, n: number) {
    super(reader);
    this.#n = n;
  }

  override methodName(): string {
    return "readexactly";
  }

  _begin(): Uint8Array | null {
    if (this.#n < 0) throw new RangeError(`Cannot read exactly ${this.#n} bytes: give a number that is not negative.`);
    this._reader._throwStored();
    return this.#n === 0 ? new Uint8Array(0) : null;
  }

  _attempt(): Uint8Array | null {
    const reader = this._reader;
    if (reader._buffer.length >= this.#n) return reader._take(this.#n);
    if (!reader._eof) return null;
    throw new IncompleteReadError(reader._buffer.take(this.#n), this.#n);
  }
}

/** `readuntil(separator)`. */
export class ReadUntil extends Read {
  /**
   * Shortest first: of two that end at the same place the longer one counts only where the shorter one does not stand.
   */
  readonly #separators: readonly Uint8Array[];
  /** No separator begins before this place, so that no byte is searched twice. */
  #offset = 0;

  constructor(reader: StreamReader, separators: readonly Uint8Array[]) {
    super(reader);
    this.#separators = [...separators].sort((a, b) => a.length - b.length);
  }

  override methodName(): string {
    return "readuntil";
  }

  _begin(): Uint8Array | null {
    const shortest = this.#separators[0];
    if (shortest === undefined) {
      throw new RangeError("Cannot read up to a separator: none was given. Give at least one.");
    }
    if (shortest.length === 0) {
      throw new RangeError("Cannot read up to an empty separator: it must have at least one byte.");
    }
    this._reader._throwStored();
    return null;
  }

  _attempt(): Uint8Array | null {
    const reader = this._reader;
    const length = reader._buffer.length;
    const shortest = (this.#separators[0] as Uint8Array).length;
    if (length - this.#offset >= shortest) {
      const [start, end] = this.#search();
      if (end >= 0) {
        if (start <= reader._limit) return reader._take(end);
        throw new LimitOverrunError(
          `Cannot read up to the separator: it stands after ${start} bytes, and the limit is ${reader._limit}. ` +
            "Make the reader with a higher limit, or read in pieces.",
          start,
        );
      }
      const longest = (this.#separators.at(-1) as Uint8Array).length;
      this.#offset = Math.max(0, length + 1 - longest);
      if (this.#offset > reader._limit) {
        throw new LimitOverrunError(
          `Cannot read up to the separator: it is not found in ${this.#offset} bytes, and the limit is ${reader._limit}. ` +
            "Make the reader with a higher limit, or read in pieces.",
          this.#offset,
        );
      }
    }
    if (!reader._eof) return null;
    throw new IncompleteReadError(reader._buffer.take(length), null);
  }

  /** Where the separator that ends first begins and ends; -1 if there is none. */
  #search(): [start: number, end: number] {
    let start = -1;
    let end = -1;
    for (const separator of this.#separators) {
      const at = this._reader._buffer.find(separator, this.#offset);
      if (at >= 0 && (end < 0 || at + separator.length < end)) {
        start = at;
        end = at + separator.length;
      }
    }
    return [start, end];
  }
}

const NEWLINE = new Uint8Array([10]);

/** `readline()`. */
export class ReadLine extends ReadUntil {
  constructor(reader: StreamReader) {
    super(reader, [NEWLINE]);
  }

  override methodName(): string {
    return "readline";
  }

  override _attempt(): Uint8Array | null {
    try {
      return super._attempt();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      const buffer = this._reader._buffer;
      if (buffer.startsWith(NEWLINE, error.consumed)) buffer.drop(error.consumed + 1);
      else buffer.clear();
      this._reader._resumeIfDrained();
      throw new RangeError(error.message, { cause: error });
    }
  }
}
