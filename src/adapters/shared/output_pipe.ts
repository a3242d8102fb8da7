/**
 * The reading end of a pipe, where the runtime gives it as a web stream.
 *
 * @module
 */
import type { HostStream, StreamEvents } from "../net.ts";
import { codeOf } from "./host_error.ts";
import { pipeError } from "./spawn_errors.ts";

/** A {@linkcode HostStream} that is only read from. */
export class OutputPipe implements HostStream {
  readonly localAddress = null;
  readonly remoteAddress = null;
  readonly tls = null;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #events: StreamEvents | null = null;
  #reading = false;
  #paused = false;
  /** What the read brought that was under way when reading was paused. */
  #held: ReadableStreamReadResult<Uint8Array> | null = null;
  #closed = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  start(events: StreamEvents): void {
    this.#events = events;
    this.#readOn();
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    if (this.#held === null) this.#readOn();
    else queueMicrotask(this.#onHeld);
  }

  write(): number {
    return 0;
  }

  endWriting(): void {}

  close(): void {
    if (!this.#closed) this.#finish(null);
  }

  abort(): void {
    this.close();
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  #readOn(): void {
    if (this.#reading || this.#paused || this.#closed || this.#held !== null) return;
    this.#reading = true;
    this.#reader.read().then(this.#onRead, this.#onError);
  }

  readonly #onRead = (result: ReadableStreamReadResult<Uint8Array>): void => {
    this.#reading = false;
    if (this.#closed) return;
    if (this.#paused) {
      this.#held = result;
      return;
    }
    if (result.done) {
      this.#events!.end();
      if (!this.#closed) this.#finish(null);
      return;
    }
    this.#events!.data(result.value);
    this.#readOn();
  };

  readonly #onHeld = (): void => {
    const held = this.#held;
    if (held === null || this.#paused) return;
    this.#held = null;
    this.#onRead(held);
  };

  readonly #onError = (error: unknown): void => {
    this.#reading = false;
    if (!this.#closed) this.#finish(error);
  };

  /** Cancelling the reader closes the pipe at once, also while somebody else holds its other end open. */
  #finish(error: unknown): void {
    this.#closed = true;
    this.#reader.cancel().catch(ignore);
    queueMicrotask(() => this.#events?.closed(error === null ? null : pipeError(codeOf(error), error)));
  }
}

function ignore(): void {}
