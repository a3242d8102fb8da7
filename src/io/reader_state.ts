/**
 * What a reader has read and not yet returned, the state of its connection, and the checks of what it is asked for.
 *
 * @module
 */
import { memoryTransferred } from "../adapters/shared/memory_transferred.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import { runningLoop } from "../core/running.ts";
import type { Read } from "./reads.ts";
import type { ReadingTransport, StreamReader, StreamReaderOptions } from "./stream_reader.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";

/** No bytes. */
export const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
/** The smallest memory that is allocated to grow, in bytes. */
const SMALLEST = 256;

/**
 * A buffer that grows at its end and is read from its start. Each byte is copied in and out at most once, and none that comes and goes in one
 * piece is copied at all. What it returns is nobody else's.
 */
export class ByteBuffer {
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  /** How many bytes it holds. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends a copy of the bytes: whoever fed them may use their memory again. */
  append(data: Uint8Array): void {
    if (this.length === 0 && data.length > this.#bytes.length) {
      // What comes into an empty one is mostly taken in one piece: it is handed out as it is then, and nothing stays here. Memory that is made
      // with a length alone would be filled with zeros first.
      this.#bytes = new Uint8Array(data);
      this.#start = 0;
      this.#end = data.length;
      return;
    }
    this.#reserve(data.length);
    this.#bytes.set(data, this.#end);
    this.#end += data.length;
  }

  /** Appends bytes that nobody else will touch: into an empty buffer they go as they are. */
  adopt(data: Uint8Array): void {
    // A subclass may have a slice() that does not copy.
    if (this.length > 0 || data.constructor !== Uint8Array) return this.append(data);
    this.#bytes = data;
    this.#start = 0;
    this.#end = data.length;
  }

  /** Removes up to `n` bytes from the start, and returns them. */
  take(n: number): Uint8Array {
    const bytes = this.#bytes;
    const start = this.#start;
    const end = start + Math.min(n, this.length);
    // It would look like the end of a stream.
    if (end > bytes.length) throw memoryTransferred();
    if (end < this.#end) this.#start = end;
    else this.clear();
    if (start > 0 || end < bytes.length) return bytes.slice(start, end);
    // Everything, in memory that holds nothing else: handed out as it is.
    this.#bytes = NOTHING;
    return bytes;
  }

  /** Removes up to `n` bytes from the start. */
  drop(n: number): void {
    this.#start += Math.min(n, this.length);
    if (this.#start === this.#end) this.clear();
  }

  /** Removes everything. */
  clear(): void {
    this.#start = this.#end = 0;
  }

  /** Where the bytes occur first, at or after `from`; -1 if nowhere. */
  find(wanted: Uint8Array, from: number): number {
    const first = wanted[0] as number;
    const last = this.#end - wanted.length;
    if (this.#end > this.#bytes.length) throw memoryTransferred();
    let at = this.#start + from;
    for (;;) {
      at = this.#bytes.indexOf(first, at);
      // Beyond the end lies what was read before.
      if (at < 0 || at > last) return -1;
      if (this.#holds(wanted, at)) return at - this.#start;
      at++;
    }
  }

  /** Whether the bytes stand at a place. */
  startsWith(wanted: Uint8Array, place: number): boolean {
    return place + wanted.length <= this.length && this.#holds(wanted, this.#start + place);
  }

  #holds(wanted: Uint8Array, at: number): boolean {
    for (let i = 0; i < wanted.length; i++) {
      if (this.#bytes[at + i] !== wanted[i]) return false;
    }
    return true;
  }

  #reserve(more: number): void {
    const length = this.length;
    if (this.#end > this.#bytes.length) throw memoryTransferred();
    if (this.#end + more <= this.#bytes.length) return;
    if (2 * (length + more) <= this.#bytes.length) {
      // At least half of the memory lies before the start, so each byte that moves was paid for by one that was read.
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      const bytes = new Uint8Array(Math.max(SMALLEST, length + more, 2 * length));
      bytes.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = bytes;
    }
    this.#start = 0;
    this.#end = length;
  }
}

/** The bytes of several pieces in a row. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** What the folders that feed readers need of them, beside what everybody may use. Set by the class that it is about. */
export const internal: {
  /** What a reader holds: a protocol feeds that with arrays which need not be copied. */
  stateOf(reader: StreamReader): ReaderState;
} = {} as never;

/** The bytes that have come, the end or the error of the stream, who waits for more, and the transport, paused while there is much. */
export class ReaderState {
  /** How far away a separator may be; twice as many bytes pause the transport. */
  readonly limit: number;
  readonly loop: BaseEventLoop;
  readonly buffer: ByteBuffer = new ByteBuffer();
  /** Whether the end was fed. */
  eof = false;
  /** What every read throws from now on. */
  error: Error | null = null;
  /** The read that waits for more. */
  waiter: Read | null = null;
  #transport: ReadingTransport | null = null;
  #paused = false;

  constructor(limit: number, loop: BaseEventLoop) {
    this.limit = limit;
    this.loop = loop;
  }

  /** Adds a copy of the bytes. */
  feed(data: Uint8Array): void {
    checkFed(data, this);
    if (this.eof) throw new RuntimeError(`Cannot feed ${this}: its end was fed already. Feed data before feedEof().`);
    if (data.length === 0) return;
    this.buffer.append(data);
    this.#fed();
  }

  /** Adds an array that is the reader's own from now on: it need not be copied. */
  feedOwn(data: Uint8Array): void {
    if (this.eof) return this.feed(data);
    this.buffer.adopt(data);
    this.#fed();
  }

  /** Ends the stream. */
  feedEof(): void {
    this.eof = true;
    this.#wake();
  }

  /** Fails the stream, and the read that waits. */
  fail(error: Error): void {
    this.error = error;
    const { waiter } = this;
    this.waiter = null;
    waiter?.fail(error);
  }

  /** Throws the error of the stream, if it has one. */
  throwError(): void {
    if (this.error !== null) throw this.error;
  }

  /** Removes up to `n` bytes, and returns them. */
  take(n: number): Uint8Array {
    const data = this.buffer.take(n);
    this.resumeIfDrained();
    return data;
  }

  /** Lets the transport go on once the buffer is no longer than the limit. */
  resumeIfDrained(): void {
    if (this.#paused && this.buffer.length <= this.limit) this.#resume();
  }

  /** Called before a read becomes the one that waits. */
  checkWait(read: Read): void {
    if (this.waiter !== null) {
      throw new RuntimeError(
        `Cannot call ${read.methodName()}() of ${this}: another task is waiting for its data. Let one task read at a time.`,
      );
    }
    if (runningLoop() !== this.loop) {
      throw new RuntimeError(`Cannot wait for data of ${this} here: it belongs to a different event loop.`);
    }
    // Waiting for a transport that waits to be resumed would never end.
    this.#resume();
  }

  /** Connects it with the transport that is paused while there is much; once. */
  setTransport(transport: ReadingTransport): void {
    if (this.#transport !== null) {
      throw new RuntimeError(`Cannot set the transport of ${this}: it has one. Make a reader for each transport.`);
    }
    this.#transport = transport;
  }

  /** The connection goes on over another transport, after it was encrypted. */
  replaceTransport(transport: ReadingTransport): void {
    this.#transport = transport;
  }

  /** Readable form, as CPython's repr of a StreamReader. */
  toString(): string {
    const parts = ["StreamReader"];
    if (this.buffer.length > 0) parts.push(`${this.buffer.length} bytes`);
    if (this.eof) parts.push("eof");
    if (this.limit !== DEFAULT_LIMIT) parts.push(`limit=${this.limit}`);
    if (this.waiter !== null) parts.push(`waiter=${this.waiter.methodName()}()`);
    if (this.error !== null) parts.push(`exception=${describeValue(this.error)}`);
    if (this.#transport !== null) parts.push(`transport=${describeValue(this.#transport)}`);
    if (this.#paused) parts.push("paused");
    return `<${parts.join(" ")}>`;
  }

  #fed(): void {
    this.#wake();
    if (this.#transport === null || this.#paused || this.buffer.length <= 2 * this.limit) return;
    try {
      this.#transport.pauseReading();
      this.#paused = true;
    } catch (error) {
      if (!(error instanceof NotSupportedError)) throw error;
      // It cannot be paused, so everything has to be kept; it is forgotten, not to be asked again.
      this.#transport = null;
    }
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport?.resumeReading();
  }

  #wake(): void {
    const { waiter } = this;
    this.waiter = null;
    waiter?.wake();
  }
}

/** Refuses everything but bytes. Text has no encoding of its own, so it is never encoded silently. */
export function checkBytes(data: unknown, where: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const advice = typeof data === "string"
    ? "Encode it: new TextEncoder().encode(text)."
    : data instanceof ArrayBuffer || ArrayBuffer.isView(data)
    ? "Make a Uint8Array of it."
    : "Give a Uint8Array.";
  throw new TypeError(`Cannot call ${where}() with ${describeKind(data)}: it takes bytes. ${advice}`);
}

/** How many bytes a line may have, and half of what a paused transport leaves in the buffer. */
export const DEFAULT_LIMIT = 65_536;

const NAMES: OptionNames<StreamReaderOptions> = { limit: true, loop: true };
const encoder = /* @__PURE__ */ new TextEncoder();

/** The bytes of a separator. */
export function toBytes(separator: unknown): Uint8Array {
  if (typeof separator === "string") return encoder.encode(separator);
  if (separator instanceof Uint8Array) return separator;
  throw new TypeError(`Cannot read up to ${describeKind(separator)}: a separator is a Uint8Array or a string.`);
}

/** Refuses what is not a number of bytes. */
export function checkCount(name: string, n: number): void {
  if (typeof n !== "number") {
    throw new TypeError(`Cannot call ${name}() with ${describeKind(n)}: give a number of bytes.`);
  }
  if (!isWhole(n)) throw new RangeError(`Cannot call ${name}() with ${n}: give a whole number of bytes.`);
}

/** Refuses what is not bytes: anything else with a length would be copied as well, a string as zeros. */
export function checkFed(data: unknown, reader: { toString(): string }): void {
  if (data instanceof Uint8Array) return;
  throw new TypeError(
    `Cannot feed ${describeKind(data)} to ${reader}: give a Uint8Array; TextEncoder makes one of text.`,
  );
}

/** Refuses what reads could not throw. */
export function checkException(error: unknown): void {
  if (error instanceof Error) return;
  throw new TypeError(
    `Cannot set ${describeKind(error)} as the exception of a StreamReader: it must be an Error. ` +
      "Wrap it: new Error(message, { cause: value }).",
  );
}

/** The limit of a reader with these options. */
export function limitOf(options: StreamReaderOptions): number {
  checkOptions(options, "new StreamReader", NAMES);
  const { limit = DEFAULT_LIMIT } = options;
  checkLimit(limit);
  return limit;
}

/** Refuses what cannot be the limit of a reader. */
export function checkLimit(limit: unknown): asserts limit is number | undefined {
  if (limit === undefined) return;
  if (typeof limit !== "number") {
    throw new TypeError(
      `Cannot make a StreamReader with ${describeKind(limit)} as its limit: give a number of bytes.`,
    );
  }
  if (!(limit > 0) || !isWhole(limit)) {
    throw new RangeError(
      `Cannot make a StreamReader with a limit of ${limit}: it must be whole and greater than zero.`,
    );
  }
}

function isWhole(n: number): boolean {
  return Number.isInteger(n) || n === Infinity || n === -Infinity;
}
