/**
 * What a stream reader holds. Its reads and the protocol that feeds it work on this; users have the reader.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import { describeValue } from "../core/repr.ts";
import { runningLoop } from "../core/running.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { checkFed, DEFAULT_LIMIT } from "./checks.ts";
import type { Read } from "./reads.ts";
import type { ReadingTransport, StreamReader } from "./stream_reader.ts";

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
