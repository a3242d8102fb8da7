/**
 * The reading end of a stream.
 *
 * @module
 */
import { NEXT_ITEM } from "../core/awaitable_iterator.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import { describeValue } from "../core/repr.ts";
import { getEventLoop, runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { checkCount, checkException, checkFed, DEFAULT_LIMIT, limitOf, toBytes } from "./reader_arguments.ts";
import type { ReadingTransport, StreamReaderOptions } from "./reader_arguments.ts";
import { toReadable } from "./web_stream.ts";
import { type Read, ReadAll, ReadExactly, ReadLine, ReadSome, ReadUntil } from "./reads.ts";

/**
 * The bytes of a stream, as they come: one task at a time reads them, by number, by line or by separator. `openConnection` and
 * `startServer` make one and feed it.
 *
 * `for await (const line of reader)` gives the lines of the stream in async functions, {@linkcode forEach} in coroutines.
 *
 * @example Feed one by hand
 * ```ts
 * import { run, StreamReader } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const reader = new StreamReader();
 *   reader.feedData(new TextEncoder().encode("one\ntwo"));
 *   reader.feedEof();
 *   const decoder = new TextDecoder();
 *   assertEquals(decoder.decode(yield* reader.readline()), "one\n");
 *   assertEquals(decoder.decode(yield* reader.read()), "two");
 * });
 * ```
 */
export class StreamReader implements AsyncIterable<Uint8Array> {
  /** @internal */
  readonly _limit: number;
  /** @internal */
  readonly _buffer: ByteBuffer = new ByteBuffer();
  /** @internal */
  _eof = false;
  /** @internal The read that waits for more. */
  _waiter: Read | null = null;
  readonly #loop: BaseEventLoop;
  #exception: Error | null = null;
  #transport: ReadingTransport | null = null;
  #paused = false;
  #readable: ReadableStream<Uint8Array> | null = null;

  /**
   * Makes a reader that nothing feeds yet.
   *
   * @throws {TypeError} if the limit is not a number
   * @throws {RangeError} if it is zero or less, or not whole; Infinity is allowed
   * @throws {RuntimeError} if no loop is given and there is no current one
   */
  constructor(options: StreamReaderOptions = {}) {
    this._limit = limitOf(options);
    this.#loop = options.loop ?? getEventLoop();
  }

  /**
   * Reads up to `n` bytes, at least one: it waits only while none is there. Less than zero, the default, reads
   * everything up to the end of the stream. At the end it gives no bytes.
   *
   * What a call for everything has taken out of the buffer is lost if that call is cancelled or the stream fails, as in
   * CPython. To keep it, read with an `n` in a loop.
   *
   * The bytes of this and of the other methods are the caller's own, but their `buffer` may be larger: to transfer them to another thread,
   * transfer a copy.
   *
   * @throws {RuntimeError} when awaited, if another task is waiting to read; the error of the stream, if it has one
   */
  read(n = -1): LazyAwaitable<Uint8Array> {
    checkCount("read", n);
    return n < 0 ? new ReadAll(this) : new ReadSome(this, n);
  }

  /**
   * Reads a line with its `\n`; what is left, if the stream ends without one.
   *
   * @throws {RangeError} when awaited, if the line is longer than the limit: it is dropped then, or, if its end has not
   * come, everything in the buffer; `cause` is the {@linkcode LimitOverrunError}
   * @throws {RuntimeError} when awaited, if another task is waiting to read; the error of the stream, if it has one
   */
  readline(): LazyAwaitable<Uint8Array> {
    return new ReadLine(this);
  }

  /**
   * Reads `n` bytes.
   *
   * @throws {IncompleteReadError} when awaited, if the stream ends before
   * @throws {RangeError} when awaited, if `n` is negative
   * @throws {RuntimeError} when awaited, if another task is waiting to read; the error of the stream, if it has one
   */
  readexactly(n: number): LazyAwaitable<Uint8Array> {
    checkCount("readexactly", n);
    return new ReadExactly(this, n);
  }

  /**
   * Reads up to the separator, which is part of what it gives. A string stands for its bytes in UTF-8. Of several
   * separators the one that ends first counts.
   *
   * @param separator `"\n"` by default
   * @throws {IncompleteReadError} when awaited, if the stream ends before
   * @throws {LimitOverrunError} when awaited, if the separator is farther away than the limit; the data stays
   * @throws {TypeError} if a separator is neither a string nor a Uint8Array
   * @throws {RangeError} when awaited, if there is no separator, or an empty one
   * @throws {RuntimeError} when awaited, if another task is waiting to read; the error of the stream, if it has one
   *
   * @example Whichever comes first
   * ```ts
   * import { run, StreamReader } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * await run(function* () {
   *   const reader = new StreamReader();
   *   reader.feedData(new TextEncoder().encode("key=value;rest"));
   *   assertEquals(new TextDecoder().decode(yield* reader.readuntil(["=", ";"])), "key=");
   * });
   * ```
   */
  readuntil(
    separator: string | Uint8Array | readonly (string | Uint8Array)[] = "\n",
  ): LazyAwaitable<Uint8Array> {
    const several = Array.isArray(separator) ? separator as readonly (string | Uint8Array)[] : [separator];
    return new ReadUntil(this, several.map(toBytes));
  }

  /** Whether the stream has ended and everything was read. */
  atEof(): boolean {
    return this._eof && this._buffer.length === 0;
  }

  /**
   * Adds bytes, and wakes the task that waits for them. They are copied.
   *
   * @throws {TypeError} if it is not a Uint8Array
   * @throws {RuntimeError} after {@linkcode StreamReader.feedEof}
   */
  feedData(data: Uint8Array): void {
    checkFed(data, this);
    if (this._eof) throw new RuntimeError(`Cannot feed ${this}: its end was fed already. Feed data before feedEof().`);
    if (data.length === 0) return;
    this._buffer.append(data);
    this.#fed();
  }

  /** @internal The same for an array that is the reader's own from now on: it need not be copied. */
  _feedOwn(data: Uint8Array): void {
    if (this._eof) return this.feedData(data);
    this._buffer.adopt(data);
    this.#fed();
  }

  #fed(): void {
    this.#wake();
    if (this.#transport === null || this.#paused || this._buffer.length <= 2 * this._limit) return;
    try {
      this.#transport.pauseReading();
      this.#paused = true;
    } catch (error) {
      if (!(error instanceof NotSupportedError)) throw error;
      // It cannot be paused, so everything has to be kept; it is forgotten, not to be asked again.
      this.#transport = null;
    }
  }

  /** Ends the stream: what is in the buffer can still be read. */
  feedEof(): void {
    this._eof = true;
    this.#wake();
  }

  /**
   * Fails the stream: every read from now on throws the error, and so does the one that waits.
   *
   * @throws {TypeError} if it is not an Error
   */
  setException(error: Error): void {
    checkException(error);
    this.#exception = error;
    const waiter = this._waiter;
    this._waiter = null;
    waiter?.fail(error);
  }

  /** The error of the stream, or null. */
  exception(): Error | null {
    return this.#exception;
  }

  /**
   * Connects the reader with what feeds it, so that it can be paused while the buffer is full.
   *
   * @throws {RuntimeError} if that was done before
   */
  setTransport(transport: ReadingTransport): void {
    if (this.#transport !== null) {
      throw new RuntimeError(`Cannot set the transport of ${this}: it has one. Make a reader for each transport.`);
    }
    this.#transport = transport;
  }

  /** Reads lines up to the end of the stream; for `for await` in async functions. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => new ReadLine(this).then(toItem) };
  }

  /**
   * The stream as a web stream, to pipe from; made at the first request, and read from only while somebody reads it. Cancelling it
   * ends reading and leaves the connection open.
   */
  get readable(): ReadableStream<Uint8Array> {
    return this.#readable ??= toReadable(this, this.#loop);
  }

  /** @internal */
  *[NEXT_ITEM](): Coroutine<IteratorResult<Uint8Array, undefined>> {
    return toItem(yield* this.readline());
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const parts = ["StreamReader"];
    if (this._buffer.length > 0) parts.push(`${this._buffer.length} bytes`);
    if (this._eof) parts.push("eof");
    if (this._limit !== DEFAULT_LIMIT) parts.push(`limit=${this._limit}`);
    if (this._waiter !== null) parts.push(`waiter=${this._waiter.methodName()}()`);
    if (this.#exception !== null) parts.push(`exception=${describeValue(this.#exception)}`);
    if (this.#transport !== null) parts.push(`transport=${describeValue(this.#transport)}`);
    if (this.#paused) parts.push("paused");
    return `<${parts.join(" ")}>`;
  }

  /** @internal The connection goes on over another transport, after it was encrypted. */
  _replaceTransport(transport: ReadingTransport): void {
    this.#transport = transport;
  }

  /** @internal */
  _throwStored(): void {
    if (this.#exception !== null) throw this.#exception;
  }

  /** @internal Called before a read becomes the one that waits. */
  _checkWait(read: Read): void {
    if (this._waiter !== null) {
      throw new RuntimeError(
        `Cannot call ${read.methodName()}() of ${this}: another task is waiting for its data. Let one task read at a time.`,
      );
    }
    if (runningLoop() !== this.#loop) {
      throw new RuntimeError(`Cannot wait for data of ${this} here: it belongs to a different event loop.`);
    }
    // Waiting for a transport that waits to be resumed would never end.
    this.#resume();
  }

  /** @internal Takes up to `n` bytes. */
  _take(n: number): Uint8Array {
    const data = this._buffer.take(n);
    this._resumeIfDrained();
    return data;
  }

  /** @internal Lets the transport go on once the buffer is no longer than the limit. */
  _resumeIfDrained(): void {
    if (this.#paused && this._buffer.length <= this._limit) this.#resume();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport?.resumeReading();
  }

  #wake(): void {
    const waiter = this._waiter;
    this._waiter = null;
    waiter?.wake();
  }
}

function toItem(line: Uint8Array): IteratorResult<Uint8Array, undefined> {
  return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
}
