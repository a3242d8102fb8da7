/**
 * The pipes of a process as `node:child_process` gives them: streams of Node's.
 *
 * @module
 */
import type { HostStream, StreamEvents } from "../net.ts";
import { codeOf } from "../shared/host_error.ts";
import { pipeError } from "../shared/spawn_errors.ts";
import type { Emitter } from "./types.ts";

/** A stream to read from. */
export interface NodeReadable extends Emitter {
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** A stream to write to. */
export interface NodeWritable extends Emitter {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  write(chunk: Uint8Array, written: (error?: unknown) => void): boolean;
  end(): unknown;
  destroy(): unknown;
}

/** The most bytes that are handed to Node at once: it keeps without bound what it is given. */
const PIECE = 256 * 1024;

abstract class Pipe implements HostStream {
  readonly localAddress = null;
  readonly remoteAddress = null;
  readonly tls = null;
  protected events: StreamEvents | null = null;
  protected error: unknown = null;
  /** Closed or aborted here: no event follows but the last one. */
  protected closing = false;

  start(events: StreamEvents): void {
    this.events = events;
  }

  pauseReading(): void {}
  resumeReading(): void {}

  write(_bytes: Uint8Array): number {
    return 0;
  }

  endWriting(): void {}
  abstract close(): void;
  abstract abort(): void;
  setNoDelay(): void {}
  setKeepAlive(): void {}

  protected tellClosed(): void {
    const error = this.closing || this.error === null ? null : pipeError(codeOf(this.error), this.error);
    this.closing = true;
    this.events?.closed(error);
  }
}

/** A {@linkcode HostStream} that is only read from. */
export class OutputPipe extends Pipe {
  readonly #stream: NodeReadable;
  /** Events that wait while reading is paused. */
  readonly #held: (() => void)[] = [];
  #paused = false;

  constructor(stream: NodeReadable) {
    super();
    this.#stream = stream;
    // Heard from the beginning: when the process has ended, Node resumes its streams, and what nobody hears is lost.
    stream.on("data", this.#onData);
    stream.pause();
    stream.on("end", this.#onEnd);
    stream.on("error", (error: unknown) => this.error = error);
    stream.on("close", this.#onClose);
  }

  override start(events: StreamEvents): void {
    super.start(events);
    this.#stream.resume();
    this.#release();
  }

  override pauseReading(): void {
    this.#paused = true;
    if (!this.closing) this.#stream.pause();
  }

  override resumeReading(): void {
    this.#paused = false;
    this.#release();
    if (!this.closing) this.#stream.resume();
  }

  close(): void {
    this.closing = true;
    this.#stream.destroy();
    this.#release();
  }

  abort(): void {
    this.close();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.closing) return;
    const waits = this.#paused || this.events === null;
    if (waits) this.#stream.pause();
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (waits || this.#held.length > 0) this.#held.push(() => this.events?.data(bytes));
    else this.events?.data(bytes);
  };

  readonly #onEnd = (): void => {
    if (!this.closing) this.#tell(() => this.events?.end());
  };

  readonly #onClose = (): void => {
    this.#tell(() => this.tellClosed());
  };

  #tell(event: () => void): void {
    const waits = this.events === null || this.#held.length > 0 || (this.#paused && this.error === null);
    if (waits && !this.closing) this.#held.push(event);
    else event();
  }

  #release(): void {
    if (this.#held.length === 0) return;
    queueMicrotask(() => {
      if (this.#paused && !this.closing) return;
      for (const tell of this.#held.splice(0)) tell();
    });
  }
}

/** A {@linkcode HostStream} that is only written to. */
export class InputPipe extends Pipe {
  readonly #stream: NodeWritable;
  /** Whether Node has a piece that the system has not. */
  #waiting = false;
  #gone = false;

  constructor(stream: NodeWritable) {
    super();
    this.#stream = stream;
    stream.on("error", (error: unknown) => this.error = error);
    stream.on("close", () => {
      this.#gone = true;
      this.tellClosed();
    });
  }

  override start(events: StreamEvents): void {
    super.start(events);
    if (this.#gone) queueMicrotask(() => this.tellClosed());
  }

  override write(bytes: Uint8Array): number {
    const stream = this.#stream;
    let taken = 0;
    while (taken < bytes.length && !this.#waiting && !stream.destroyed && !stream.writableEnded) {
      const piece = bytes.subarray(taken, taken + PIECE);
      if (this.#give(piece)) taken += piece.length;
    }
    return taken;
  }

  override endWriting(): void {
    this.#stream.end();
  }

  close(): void {
    this.closing = true;
    this.#stream.end();
  }

  abort(): void {
    this.closing = true;
    this.#stream.destroy();
  }

  /** Whether the system has all of the piece. */
  #give(piece: Uint8Array): boolean {
    // Node calls back later in any case, Bun also from inside of this call: its quirk `written-inside`.
    let over = false;
    let waits = false;
    const room = this.#stream.write(piece, (error?: unknown) => {
      over = !error;
      if (!waits) return;
      this.#waiting = false;
      if (!error && !this.closing) this.events?.drain(piece.length);
    });
    // Bun always says that nothing waits, so what it says of more room counts as well.
    if (over || (room && this.#stream.writableLength === 0)) return true;
    this.#waiting = waits = true;
    return false;
  }
}
