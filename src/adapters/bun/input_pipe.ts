/**
 * The writing end of a pipe on Bun.
 *
 * @module
 */
import type { HostStream, StreamEvents } from "../net.ts";
import { codeOf } from "../shared/host_error.ts";
import { pipeError } from "../shared/spawn_errors.ts";

/** What Bun has to write to a process. */
export interface BunSink {
  /** How many bytes were taken, or a promise of that if the system has no room; true once the process has ended. */
  write(bytes: Uint8Array): number | boolean | Promise<number>;
  /** Hands what it took to the system; a promise if that has no room. */
  flush(): number | void | Promise<number>;
  /** Closes the pipe when everything is written. */
  end(): unknown;
}

/** The most bytes that are handed to Bun at once: it keeps a copy of what the system does not take. */
const PIECE = 256 * 1024;

/** A {@linkcode HostStream} that is only written to. */
export class InputPipe implements HostStream {
  readonly localAddress = null;
  readonly remoteAddress = null;
  readonly tls = null;
  readonly #sink: BunSink;
  #events: StreamEvents | null = null;
  #writing = false;
  #closed = false;

  constructor(sink: BunSink) {
    this.#sink = sink;
  }

  start(events: StreamEvents): void {
    this.#events = events;
  }

  pauseReading(): void {}

  resumeReading(): void {}

  write(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && !this.#writing && !this.#closed) {
      const piece = bytes.subarray(taken, taken + PIECE);
      if (this.#give(piece)) taken += piece.length;
    }
    return taken;
  }

  endWriting(): void {
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#finish(null);
  }

  abort(): void {
    this.close();
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  /** Whether the system has all of the piece. */
  #give(piece: Uint8Array): boolean {
    let written: unknown;
    let flushed: unknown;
    try {
      written = this.#sink.write(piece);
      // Bun would flush by itself later, and nobody could catch what becomes of that.
      flushed = this.#sink.flush();
    } catch (error) {
      this.#finish(error);
      return false;
    }
    if (written === true) {
      this.#finish(Object.assign(new Error("The process has ended"), { code: "EPIPE" }));
      return false;
    }
    const pending = flushed instanceof Promise ? flushed : written;
    if (!(pending instanceof Promise)) return true;
    if (written instanceof Promise && written !== pending) written.catch(ignore);
    this.#writing = true;
    pending.then(() => this.#onWritten(piece.length), this.#onError);
    return false;
  }

  #onWritten(length: number): void {
    this.#writing = false;
    if (!this.#closed) this.#events?.drain(length);
  }

  readonly #onError = (error: unknown): void => {
    if (!this.#closed) this.#finish(error);
  };

  /** The end of a write that the process does not read waits for the process; nothing here waits for that. */
  #finish(error: unknown): void {
    this.#closed = true;
    Promise.try(() => this.#sink.end()).catch(ignore);
    queueMicrotask(() => this.#events?.closed(error === null ? null : pipeError(codeOf(error), error)));
  }
}

function ignore(): void {}
