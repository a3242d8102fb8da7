/**
 * A stream socket over a socket of Bun.
 *
 * Bun has no buffer of its own: what the system does not take at once, `write` leaves, and `end` would drop (quirk `end-drops`). That is what
 * the contract wants, too, so nothing is kept here.
 *
 * @module
 */

import type { HostStream, SocketAddress, StreamEvents, TlsInfo } from "../net.ts";
import { toAddress } from "../node/stream.ts";
import { LINGER, setImmediate, setTimeout } from "../shared/timers.ts";
import { toStreamError } from "../node/socket_errors.ts";
import type { BunError, BunHandlers, BunSocket, SocketOwner } from "./types.ts";

/** What Bun calls for every socket. Each has what it is for as its data, so that no socket needs functions of its own. */
export const HANDLERS: BunHandlers = {
  binaryType: "uint8array",
  data: (socket, bytes) => socket.data.onData(bytes),
  drain: (socket) => socket.data.onDrain(),
  end: (socket) => socket.data.onEnd(),
  close: (socket, error) => socket.data.onClose(error),
  error: (socket, error) => socket.data.onError(error),
  handshake: (socket, success, error) => socket.data.onHandshake(success, error),
};

/** The two ends of a stream. */
export interface StreamEnds {
  /** This end. */
  readonly localAddress: SocketAddress | null;
  /** The other end. */
  readonly remoteAddress: SocketAddress | null;
}

/** What hears of the end of a stream that was given away, in the place of the stream. */
interface Successor {
  close(): void;
}

/** A {@linkcode HostStream} on a socket of Bun. */
export class BunStream implements HostStream, SocketOwner {
  readonly localAddress: SocketAddress | null;
  readonly remoteAddress: SocketAddress | null;
  readonly tls: TlsInfo | null;
  // On the prototype, so that no connection pays for them.
  declare readonly tellsInTasks: true;
  readonly #socket: BunSocket;
  #events: StreamEvents | null = null;
  /** Data goes straight through: somebody listens, reading is not paused, and nothing older waits. */
  #flowing = false;
  /** What came before anybody listened, or while reading was paused. */
  #held: Uint8Array[] = [];
  #paused = false;
  /** The last `write` could not take everything. */
  #blocked = false;
  /** Whether the other side has ended, and whether `end` was called for that. */
  #ended = false;
  #endTold = false;
  /** This side has ended. */
  #shut = false;
  /** Closed or aborted here: no event follows but the last one. */
  #closing = false;
  /** The socket is gone, or somebody else's. */
  #gone = false;
  #error: BunError | null = null;
  #successor: Successor | null = null;

  /** Takes the socket over: its events come here from now on. */
  constructor(socket: BunSocket, { localAddress, remoteAddress }: StreamEnds, tls: TlsInfo | null) {
    this.#socket = socket;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.tls = tls;
    socket.data = this;
  }

  start(events: StreamEvents): void {
    this.#events = events;
    if (this.#held.length === 0 && !this.#ended && !this.#gone) this.#flowing = true;
    else queueMicrotask(this.#deliver);
  }

  pauseReading(): void {
    this.#paused = true;
    this.#flowing = false;
    if (this.#gone) return;
    this.#socket.pause();
    if (!this.#closing) this.#endIfReset();
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#gone) return;
    this.#socket.resume();
    if (this.#held.length === 0 && this.#ended === this.#endTold) this.#flowing = this.#events !== null;
    else queueMicrotask(this.#deliver);
  }

  write(bytes: Uint8Array): number {
    if (this.#gone || this.#closing || this.#shut) return 0;
    const written = this.#socket.write(bytes);
    const taken = Math.max(written, 0);
    this.#blocked = taken < bytes.length;
    if (taken === 0) this.#endIfReset(written < 0);
    return taken;
  }

  endWriting(): void {
    if (this.#gone || this.#closing || this.#shut) return;
    this.#shut = true;
    this.#socket.shutdown();
  }

  close(): void {
    if (this.#gone || this.#closing) {
      this.#successor?.close();
      return;
    }
    this.#closing = true;
    const socket = this.#socket;
    if (!this.#paused && this.tls === null) {
      socket.end();
      return;
    }
    // Over TLS end() would wait for the other side's goodbye, and close() alone would say none. Otherwise something may be unread: the system
    // resets a connection that is closed so, and drops what it has not sent. So it is read away first.
    if (this.#paused) socket.resume();
    socket.shutdown();
    if (this.#paused) setTimeout(() => socket.close(), LINGER);
    else setImmediate(() => socket.close());
  }

  abort(): void {
    if (this.#gone) {
      this.#successor?.close();
      return;
    }
    this.#closing = true;
    this.#socket.terminate();
  }

  setNoDelay(enabled: boolean): void {
    if (!this.#gone && this.remoteAddress?.family !== "unix") this.#socket.setNoDelay(enabled);
  }

  setKeepAlive(enabled: boolean): void {
    if (!this.#gone && this.remoteAddress?.family !== "unix") this.#socket.setKeepAlive(enabled);
  }

  /** Whether bytes were read that nobody got. */
  get holdsBytes(): boolean {
    return this.#held.length > 0;
  }

  /** Whether it is closed, or was given away. */
  get isGone(): boolean {
    return this.#gone || this.#closing;
  }

  /** Ends the events and returns the socket. Who has it answers for it, and is called if this stream is to be closed. */
  detach(successor: Successor): BunSocket {
    this.#gone = true;
    this.#flowing = false;
    this.#events = null;
    this.#successor = successor;
    return this.#socket;
  }

  /** Calls no event until {@linkcode tellTo} has named others: what comes meanwhile waits. */
  silence(): void {
    this.#events = null;
    this.#flowing = false;
  }

  /** Calls these events from now on. */
  tellTo(events: StreamEvents): void {
    this.#events = events;
    this.#endTold = false;
    this.#paused = false;
    queueMicrotask(this.#deliver);
  }

  onData(bytes: Uint8Array): void {
    // Below TLS it hears of every encrypted byte, and nobody listens.
    if (this.#flowing) this.#events!.data(bytes);
    else if (!this.#gone && !this.#closing) this.#hold(bytes);
  }

  onDrain(): void {
    // Quirk `spurious-drain`.
    if (!this.#blocked || this.#gone || this.#closing) return;
    if (this.#endIfReset()) return;
    this.#blocked = false;
    this.#events?.drain(0);
  }

  onEnd(): void {
    this.#ended = true;
    this.#deliver();
  }

  onClose(error: BunError | null | undefined): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#error ??= error ?? null;
    // Quirk `untold-end` if this side had ended before. If it had not, a write has failed.
    if (this.#error === null && !this.#shut && !this.#closing) {
      this.#error = broken("the socket was closed while this side was open", "EPIPE");
    }
    if (this.#error === null) this.#ended = true;
    queueMicrotask(this.#deliver);
  }

  onError(error: BunError): void {
    if (error.code === undefined) reportError(error);
    else this.#error = error;
  }

  onHandshake(): void {}

  /**
   * A write that runs into a reset is no event while reading is paused. But a socket that was reset has no other end any more; one of
   * the Unix domain never had, and there only the write itself says so. Over TLS a write may be refused for other reasons.
   */
  #endIfReset(failed = false): boolean {
    const { remoteAddress } = this;
    if (!this.#paused || !this.#blocked || remoteAddress === null) return false;
    const hasOther = remoteAddress.family === "unix" || this.#socket.remotePort !== undefined;
    if (hasOther && (!failed || this.tls !== null)) return false;
    this.#error ??= broken("the other side has reset the connection", "ECONNRESET");
    this.#socket.terminate();
    return true;
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    if (this.#events === null) this.#socket.pause();
  }

  /** Whether these events can be called now: nothing is lost yet, and nobody wants them to wait. */
  #mayTell(events: StreamEvents): boolean {
    if (this.#events !== events || this.#closing || this.#error !== null) return false;
    return !this.#paused || this.#gone;
  }

  readonly #deliver = (): void => {
    const events = this.#events;
    if (events === null) return;
    // Whoever is given something may end, pause or hand over the stream before that call is over.
    while (this.#held.length > 0 && this.#mayTell(events)) events.data(this.#held.shift()!);
    if (this.#ended && !this.#endTold && this.#held.length === 0 && this.#mayTell(events)) {
      this.#endTold = true;
      events.end();
    }
    if (this.#events !== events) return;
    if (this.#gone) {
      // Somebody may have taken the stream meanwhile, or `closed` was called before.
      this.#events = null;
      events.closed(this.#closing || this.#error === null ? null : toStreamError(this.#error));
    } else if (!this.#paused && !this.#closing) {
      if (!this.#flowing) this.#socket.resume();
      this.#flowing = true;
    }
  };
}

Object.defineProperties(BunStream.prototype, { tellsInTasks: { value: true } });

function broken(message: string, code: string): BunError {
  return Object.assign(new Error(message), { code });
}

/** The ends of a connected TCP socket. They are read at once, since a closed one has none. */
export function tcpEnds(socket: BunSocket): StreamEnds {
  return {
    localAddress: toAddress(socket.localAddress, socket.localPort),
    remoteAddress: toAddress(socket.remoteAddress, socket.remotePort),
  };
}
