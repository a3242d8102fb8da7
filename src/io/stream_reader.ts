/**
 * The reading end of a stream.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { getEventLoop } from "../core/running.ts";
import { type Coroutine, type LazyAwaitable, NEXT_ITEM } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { checkCount, checkException, internal, limitOf, ReaderState, toBytes } from "./reader_state.ts";
import { ReadAll, ReadExactly, ReadLine, ReadSome, ReadUntil } from "./reads.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * The options of {@linkcode StreamReader}.
 *
 * @category Streams
 */
export interface StreamReaderOptions {
  /**
   * How many bytes a separator may be away. Twice as many in the buffer pause the transport. 65,536 by default.
   */
  readonly limit?: number | undefined;
  /** The loop of the tasks that read; by default the current one. */
  readonly loop?: BaseEventLoop | undefined;
}

/**
 * What a {@linkcode StreamReader} asks of the transport that feeds it.
 *
 * @category Streams
 */
export interface ReadingTransport {
  /** Feeds nothing from now on. A transport that cannot do that throws a {@linkcode NotSupportedError}. */
  pauseReading(): void;
  /** Feeds again. */
  resumeReading(): void;
}

/**
 * The bytes of a stream, as they come: one task at a time reads them, by number, by line or by separator. `openConnection` and
 * `startServer` make one and feed it.
 *
 * `for await (const line of reader)` reads the lines of the stream in async functions, {@linkcode forEach} in coroutines.
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
 *
 * @category Streams
 */
export class StreamReader implements AsyncIterable<Uint8Array> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #state: ReaderState;
  #readable: ReadableStream<Uint8Array> | null = null;

  static {
    internal.stateOf = (reader) => reader.#state;
  }

  /**
   * Makes a reader that nothing feeds yet.
   *
   * @throws {TypeError} if the limit is not a number
   * @throws {RangeError} if it is zero or less, or not whole; Infinity is allowed
   * @throws {RuntimeError} if no loop is given and there is no current one
   */
  constructor(options: StreamReaderOptions = {}) {
    const limit = limitOf(options);
    this.#state = new ReaderState(limit, options.loop ?? getEventLoop());
  }

  /**
   * Reads up to `n` bytes, at least one: it waits only while none is there. Less than zero, the default, reads
   * everything up to the end of the stream. At the end it returns no bytes.
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
    return n < 0 ? new ReadAll(this.#state) : new ReadSome(this.#state, n);
  }

  /**
   * Reads a line with its `\n`; what is left, if the stream ends without one.
   *
   * @throws {RangeError} when awaited, if the line is longer than the limit: it is dropped then, or, if its end has not
   * come, everything in the buffer; `cause` is the {@linkcode LimitOverrunError}
   * @throws {RuntimeError} when awaited, if another task is waiting to read; the error of the stream, if it has one
   */
  readline(): LazyAwaitable<Uint8Array> {
    return new ReadLine(this.#state);
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
    return new ReadExactly(this.#state, n);
  }

  /**
   * Reads up to the separator, which is part of what it returns. A string stands for its bytes in UTF-8. Of several
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
    return new ReadUntil(this.#state, several.map(toBytes));
  }

  /** Whether the stream has ended and everything was read. */
  atEof(): boolean {
    const { eof, buffer } = this.#state;
    return eof && buffer.length === 0;
  }

  /**
   * Adds bytes, and wakes the task that waits for them. They are copied.
   *
   * @throws {TypeError} if it is not a Uint8Array
   * @throws {RuntimeError} after {@linkcode StreamReader.feedEof}
   */
  feedData(data: Uint8Array): void {
    this.#state.feed(data);
  }

  /** Ends the stream: what is in the buffer can still be read. */
  feedEof(): void {
    this.#state.feedEof();
  }

  /**
   * Fails the stream: every read from now on throws the error, and so does the one that waits.
   *
   * @throws {TypeError} if it is not an Error
   */
  setException(error: Error): void {
    checkException(error);
    this.#state.fail(error);
  }

  /** The error of the stream, or null. */
  exception(): Error | null {
    return this.#state.error;
  }

  /**
   * Connects the reader with what feeds it, so that it can be paused while the buffer is full.
   *
   * @throws {RuntimeError} if that was done before
   */
  setTransport(transport: ReadingTransport): void {
    this.#state.setTransport(transport);
  }

  /** Reads lines up to the end of the stream; for `for await` in async functions. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => new ReadLine(this.#state).then(toItem) };
  }

  /**
   * The stream as a web stream, to pipe from; made at the first request, and read from only while somebody reads it. Cancelling it
   * ends reading and leaves the connection open.
   */
  get readable(): ReadableStream<Uint8Array> {
    return this.#readable ??= toReadable(this, this.#state.loop);
  }

  /** @internal */
  *[NEXT_ITEM](): Coroutine<IteratorResult<Uint8Array, undefined>> {
    return toItem(yield* this.readline());
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return this.#state.toString();
  }
}

function toItem(line: Uint8Array): IteratorResult<Uint8Array, undefined> {
  return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
}

/** The most bytes of one chunk. */
const CHUNK = 65_536;

/** A web stream that reads when it is read from, by a task for each chunk. */
function toReadable(reader: StreamReader, loop: BaseEventLoop): ReadableStream<Uint8Array> {
  let reading: Task<Uint8Array> | null = null;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      reading = loop.createTask(reader.read(CHUNK));
      const chunk = await reading;
      reading = null;
      if (chunk.length > 0) controller.enqueue(chunk);
      else controller.close();
    },
    cancel() {
      reading?.cancel();
    },
  }, { highWaterMark: 0 });
}
