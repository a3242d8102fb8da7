/**
 * The writing end of a pipe on Deno.
 *
 * @module
 */
import type { HostStream, StreamEvents } from "../net.ts";
import { pipeError } from "../shared/spawn_errors.ts";
import { codeOf } from "./errors.ts";

/** The most bytes that are handed to Deno at once: what it has cannot be taken back. */
const PIECE = 256 * 1024;

/** A {@linkcode HostStream} that is only written to. */
export class InputPipe implements HostStream {
  readonly localAddress = null;
  readonly remoteAddress = null;
  readonly tls = null;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #events: StreamEvents | null = null;
  #writing = false;
  #closed = false;

  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
    // Each write reports its own failure.
    this.#writer.closed.catch(ignore);
  }

  start(events: StreamEvents): void {
    this.#events = events;
  }

  pauseReading(): void {}

  resumeReading(): void {}

  // Deno tells that the system has the bytes when this call is over, so it always looks as if there were no room.
  write(bytes: Uint8Array): number {
    if (this.#closed || this.#writing) return 0;
    this.#writing = true;
    const piece = bytes.length > PIECE ? bytes.subarray(0, PIECE) : bytes;
    this.#writer.write(piece).then(() => this.#onWritten(piece.length), this.#onError);
    return 0;
  }

  endWriting(): void {
    this.close();
  }

  close(): void {
    if (!this.#closed) this.#finish(null, this.#writer.close());
  }

  abort(): void {
    if (!this.#closed) this.#finish(null, this.#writer.abort());
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  #onWritten(length: number): void {
    this.#writing = false;
    if (!this.#closed) this.#events?.drain(length);
  }

  readonly #onError = (error: unknown): void => {
    if (!this.#closed) this.#finish(error, this.#writer.abort());
  };

  #finish(error: unknown, closing: Promise<void>): void {
    this.#closed = true;
    closing.catch(ignore);
    queueMicrotask(() => this.#events?.closed(error === null ? null : pipeError(codeOf(error), error)));
  }
}

function ignore(): void {}
