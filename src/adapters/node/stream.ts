/**
 * A stream socket over a socket of `node:net` or `node:tls`.
 *
 * @module
 */

import type { HostStream, SocketAddress, StreamEvents, TlsInfo } from "../net.ts";
import { clearTimeout, setImmediate, setTimeout } from "../shared/timers.ts";
import { toStreamError } from "./socket_errors.ts";
import type { Duplex, Gate, NetSocket } from "./types.ts";
import { handleOf } from "./undocumented.ts";

/** The two ends of a stream, and what resets it. */
export interface StreamEnds {
  /** This end. */
  readonly localAddress: SocketAddress | null;
  /** The other end. */
  readonly remoteAddress: SocketAddress | null;
  /** The socket at the bottom, if it is one of `node:net`: TLS has its options and its reset from there. */
  readonly socket: NetSocket | null;
}

/**
 * How many bytes are handed to Node at once. Node keeps without bound what it is given, so it gets the next piece when the system has
 * the last one: no more than a piece waits in Node's memory, whatever the caller offers and however slowly the other side reads.
 */
const PIECE = 256 * 1024;

/**
 * How long, in milliseconds, a TLS client that closes and has read nothing reads on into the void: with TLS 1.3 the server's tickets follow
 * the handshake, and the system would reset a connection that they meet closed, with all that the server has not read. Normally the other
 * side ends long before.
 */
const TICKETS = 1000;

/** Deno's TLS takes a reset of the socket below for its end. */
const TAKES_RESETS_FOR_ENDS = "Deno" in globalThis;

/** A {@linkcode HostStream} on Node's streams. */
export class NodeStream implements HostStream {
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly tls: TlsInfo | null;
  readonly #stream: Duplex;
  readonly #socket: NetSocket | null;
  /** What is paused in addition, below. */
  readonly #gate: Gate | null;
  #events: StreamEvents | null = null;
  /** Events that wait until there is a listener, or while reading is paused. */
  #held: (() => void)[] = [];
  #paused = false;
  /** The length of the piece that Node has and the system has not. */
  #inFlight = 0;
  /** Callbacks of pieces that the system took at once, and that Node has not called yet. */
  #confirmed = 0;
  /** Closed or aborted here: no event follows but the last one. */
  #closing = false;
  #error: unknown = null;
  /** The server's tickets may still come. */
  #expectsTickets: boolean;

  constructor(stream: Duplex, ends: StreamEnds, tls: TlsInfo | null, gate: Gate | null = null, expectsTickets = false) {
    this.#stream = stream;
    this.#gate = gate;
    this.#expectsTickets = expectsTickets;
    this.#socket = ends.socket;
    this.localAddress = ends.localAddress;
    this.remoteAddress = ends.remoteAddress;
    this.tls = tls;
    stream.on("end", this.#onEnd);
    stream.on("error", this.#onError);
    stream.on("close", this.#onClose);
  }

  start(events: StreamEvents): void {
    this.#events = events;
    this.#stream.on("data", this.#onData);
    this.#release();
  }

  pauseReading(): void {
    if (this.#closing) return;
    if (!this.#paused) this.#gate?.readStop();
    this.#paused = true;
    this.#stream.pause();
  }

  resumeReading(): void {
    if (this.#closing) return;
    this.#readOn();
    this.#release();
  }

  write(bytes: Uint8Array): number {
    const stream = this.#stream;
    let taken = 0;
    while (taken < bytes.length && this.#inFlight === 0 && !stream.destroyed && !stream.writableEnded) {
      const piece = bytes.subarray(taken, taken + PIECE);
      stream.write(piece, this.#onWritten);
      if (stream.writableLength > 0) {
        this.#inFlight = piece.length;
        if (this.#isStuck()) this.#onError(broken());
      } else {
        this.#confirmed++;
        taken += piece.length;
      }
    }
    return taken;
  }

  endWriting(): void {
    this.#stream.end();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#release();
    const stream = this.#stream;
    // Reading goes on, into the void: the system resets a connection that is closed with bytes unread, and drops what it has not sent.
    this.#readOn();
    if (this.#isStuck()) return void setImmediate(() => stream.destroy());
    if (stream.writableFinished) return this.#finish();
    stream.once("finish", () => this.#finish());
    stream.end();
  }

  #finish(): void {
    const stream = this.#stream;
    if (!this.#expectsTickets || stream.readableEnded || stream.destroyed) {
      stream.destroy();
      return;
    }
    const timer = setTimeout(() => stream.destroy(), TICKETS);
    stream.once("end", () => stream.destroy());
    stream.once("close", () => clearTimeout(timer));
  }

  abort(): void {
    this.#closing = true;
    this.#release();
    if (this.#stream.destroyed) return;
    if (this.tls === null) {
      this.#reset();
      this.#stream.destroy();
      return;
    }
    // In turns of their own: Node crashes when TLS goes in the same turn as the socket below it, and says goodbye in the one
    // in which its handshake was done.
    setImmediate(() => {
      this.#reset();
      setImmediate(() => this.#stream.destroy());
    });
  }

  /** Resets what is at the bottom, if it is TCP: nothing else has a reset, and Node throws for it and for a socket that is just going. */
  #reset(): void {
    const socket = this.#socket;
    if (this.remoteAddress?.family === "unix" || socket === null) return;
    // While this side is just being ended, the system interface refuses a reset. Node would never say that the socket is closed, and at the end
    // of the process wait for that for ever. Over TLS it is the session that is ended, and the socket below does not know.
    for (const { writableEnded, writableFinished } of [socket, this.#stream]) {
      if (writableEnded && !writableFinished) return;
    }
    try {
      socket.resetAndDestroy();
    } catch {
      // Whoever asked destroys it anyway.
    }
  }

  setNoDelay(enabled: boolean): void {
    if (this.remoteAddress?.family !== "unix") this.#socket?.setNoDelay(enabled);
  }

  setKeepAlive(enabled: boolean): void {
    if (this.remoteAddress?.family !== "unix") this.#socket?.setKeepAlive(enabled);
  }

  /** Ends the events and returns what is below, paused. Whoever has it answers for it now. */
  detach(): [stream: Duplex, ends: StreamEnds] {
    const stream = this.#stream;
    if (this.#paused) this.#gate?.readStart();
    stream.pause();
    stream.removeListener("data", this.#onData);
    stream.removeListener("end", this.#onEnd);
    stream.removeListener("error", this.#onError);
    stream.removeListener("close", this.#onClose);
    this.#events = null;
    this.#closing = true;
    return [stream, { localAddress: this.localAddress, remoteAddress: this.remoteAddress, socket: this.#socket }];
  }

  /**
   * Node's TLS waits for ever for what is written behind something that has met a reset, such as the tickets of a session whose client has left
   * at once.
   */
  #isStuck(): boolean {
    return this.tls !== null && !this.#stream.destroyed && hasNoOther(this.#socket);
  }

  #readOn(): void {
    if (this.#paused) this.#gate?.readStart();
    this.#paused = false;
    this.#stream.resume();
  }

  /** Tells what was held back. */
  #release(): void {
    if (this.#held.length === 0) return;
    queueMicrotask(() => {
      for (const tell of this.#held.splice(0)) tell();
    });
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#expectsTickets = false;
    if (this.#closing) return;
    // A plain view, since a Buffer would change what methods such as slice() mean to the reader.
    this.#events!.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  };

  readonly #onEnd = (): void => {
    // The error has said what broke, and the end that follows is not the other side's.
    if (this.#closing || this.#error !== null) return;
    if (TAKES_RESETS_FOR_ENDS && this.#isStuck() && !this.#stream.writableEnded) return this.#onError(broken());
    // Node tells the end of a stream without data also while it is paused.
    if (this.#events === null || this.#paused) this.#held.push(this.#onEnd);
    else this.#events.end();
  };

  readonly #onError = (error: unknown): void => {
    this.#error ??= error;
    // No other event comes of a TLS session that broke, and it would stay open. In a turn of its own, so that the alert goes first.
    if (this.tls !== null) setImmediate(() => this.#stream.destroy());
  };

  readonly #onClose = (): void => {
    if (this.#events === null || (this.#held.length > 0 && this.#error === null && !this.#closing)) {
      this.#held.push(this.#onClose);
      return;
    }
    const error = this.#closing || this.#error === null ? null : toStreamError(this.#error);
    this.#closing = true;
    this.#events.closed(error);
  };

  readonly #onWritten = (error?: unknown): void => {
    if (this.#confirmed > 0) {
      this.#confirmed--;
      return;
    }
    const taken = this.#inFlight;
    this.#inFlight = 0;
    if (!error && !this.#closing) this.#events?.drain(taken);
  };
}

/** Whether a connected socket was reset: it has no other end any more. */
function hasNoOther(socket: NetSocket | null): boolean {
  const handle = socket && handleOf<{ getpeername(address: object): number }>(socket);
  return typeof handle?.getpeername === "function" && handle.getpeername({}) < 0;
}

function broken(): Error {
  return Object.assign(new Error("the other side has reset the connection"), { code: "ECONNRESET" });
}

/** The ends of a connected TCP socket. They are read at once, since a closed one has none. */
export function tcpEnds(socket: NetSocket): StreamEnds {
  return {
    localAddress: toAddress(socket.localAddress, socket.localPort),
    remoteAddress: toAddress(socket.remoteAddress, socket.remotePort),
    socket,
  };
}

/** The ends of a connected Unix socket, on the side that knows the path. */
export function unixEnds(socket: NetSocket, path: string, side: "client" | "server"): StreamEnds {
  const named: SocketAddress = { family: "unix", path };
  const unnamed: SocketAddress = { family: "unix", path: "" };
  return side === "client"
    ? { localAddress: unnamed, remoteAddress: named, socket }
    : { localAddress: named, remoteAddress: unnamed, socket };
}

/** An address in the words of the contract, if it is one. */
export function toAddress(address: string | undefined, port: number | undefined): SocketAddress | null {
  if (address === undefined || port === undefined) return null;
  return { family: address.includes(":") ? "ipv6" : "ipv4", address, port };
}
