/**
 * How a connection ends: what is still sent, who is told, and when the host's socket goes.
 *
 * @module
 */
import { madeOutside } from "../core/error_frames.ts";
import { KeyboardInterrupt, OSError, RuntimeError, TimeoutError } from "../core/errors.ts";
import { type Future, NamedFuture } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import { schedule } from "../core/internal.ts";
import type { ConnectionState } from "./connection_state.ts";
import type { SocketTransport } from "./socket_transport.ts";
import { TransportCall } from "./transport_call.ts";

/** After so many writes or datagrams that were dropped a warning is given for each. */
export const DROPPED_IN_SILENCE = 5;
/** Milliseconds that a TLS connection gets for its goodbye. */
export const SHUTDOWN_TIMEOUT = 30_000;

/** The end of one connection, from the first wish for it until the protocol was told. */
export class Ending {
  readonly #transport: SocketTransport;
  readonly #state: ConnectionState;
  /** Milliseconds for the goodbye of TLS. */
  shutdownTimeout = SHUTDOWN_TIMEOUT;
  #dropped = 0;
  /** Ends a connection over TLS whose other side takes too long. */
  #shutdown: TimerHandle | null = null;
  /** A future for each who waits: one that is cancelled must not end the wait of the others. */
  #whenFlushed: Future<void>[] | null = null;

  constructor(transport: SocketTransport) {
    this.#transport = transport;
    this.#state = transport.state;
  }

  /**
   * Whether what is written now is still sent; asked once it is not welcome without a question. It throws if the program itself has said that
   * nothing comes any more. On a connection that was lost or aborted bytes are dropped, as in CPython: who writes cannot know of it.
   */
  admits(): boolean {
    const transport = this.#transport;
    const state = this.#state;
    if (state.writer === "TLS") {
      throw new RuntimeError(
        "Cannot write beside TLS: the connection was upgraded. Use the transport that startTls() returned.",
      );
    }
    if (state.said === "writeEof") {
      throw new RuntimeError("Cannot write after writeEof(). Write everything before it.");
    }
    if (state.writer === "file" && !state.lost) this.refuseBesideFile("write");
    // Asked to write on while the rest is being sent, a protocol may do so; once TLS has said goodbye, nothing can follow.
    if (transport.outgoing.flow.resuming && !state.lost && state.writing === "open") return true;
    if (state.said === "close") {
      throw new RuntimeError(`Cannot write after close() of ${transport}. Write everything before it.`);
    }
    if (++this.#dropped >= DROPPED_IN_SILENCE) {
      console.warn(`${transport} has lost its connection: what is written is dropped.`);
    }
    return false;
  }

  /** Ends the connection once everything is sent. */
  close(): void {
    if (!this.#state.move("close")) return;
    const { loop, host, incoming, outgoing } = this.#transport;
    const secured = host.tls !== null && !this.#state.gone;
    // What the other side still sends is of no use, but its goodbye is.
    incoming.stop(secured);
    if (secured) this.#shutdown = loop.callLater(this.shutdownTimeout, () => this.#late());
    outgoing.flush();
    if (outgoing.buffer.size === 0) this.#finishClosing(false);
  }

  /** Ends the connection at once. What the system still takes is sent. */
  abort(): void {
    if (!this.#state.lost) this.#transport.outgoing.flush();
    this.force(null);
  }

  /** Drops what is buffered, and tells the protocol in the next iteration. */
  force(error: Error | null, event: "break" | "lose" = "break"): void {
    const { outgoing, incoming } = this.#transport;
    const { stopped } = this.#state;
    if (!this.#state.move(event)) return;
    outgoing.buffer.clear();
    if (!stopped) incoming.stop();
    this.#lose(error);
  }

  /** Ends the connection for an error, and reports it unless the system is to blame. */
  fatal(exception: unknown, message: string): void {
    const transport = this.#transport;
    if (!(exception instanceof OSError) && !(exception instanceof TimeoutError)) {
      transport.loop.callExceptionHandler({ message, exception, transport, protocol: transport.protocol });
    }
    this.force(exception instanceof Error ? exception : new RuntimeError(message, { cause: exception }));
  }

  /** A file is sent from now on, and nothing else is until {@linkcode Ending.endFile}. */
  beginFile(): void {
    if (this.#state.phase === "ending") {
      throw new RuntimeError(`Cannot send a file by ${this.#transport} after writeEof(). Send everything before it.`);
    }
    if (!this.#state.move("beginFile")) this.refuseBesideFile("send another file");
    this.#transport.outgoing.flow.mute();
  }

  /** The file is sent, or will not be. */
  endFile(): void {
    this.#state.move("endFile");
    this.#transport.outgoing.flow.unmute();
  }

  /** Throws for what would meddle with a file. */
  refuseBesideFile(what: string): never {
    throw new RuntimeError(
      `Cannot ${what} on ${this.#transport} while sendfile() is sending: it would stand in the middle of the file. Await sendfile() first.`,
    );
  }

  /** Ends this side once everything is sent. */
  endWriting(): void {
    if (this.#state.phase !== "open") return;
    if (!this.#state.move("endWriting")) this.refuseBesideFile("end writing");
    const { outgoing } = this.#transport;
    outgoing.flush();
    if (!this.#state.lost && outgoing.buffer.size === 0) this.#sendEnd();
  }

  /** The other side has ended. */
  peerEnded(): void {
    const transport = this.#transport;
    let keep: unknown;
    try {
      keep = transport.protocol?.eofReceived();
    } catch (exception) {
      if (exception instanceof KeyboardInterrupt) throw exception;
      return this.fatal(exception, "Fatal error: protocol.eofReceived() call failed.");
    }
    if (keep === true && transport.host.tls !== null) {
      console.warn(`eofReceived() of ${transport} returned true, but TLS cannot keep one side open: it is closed.`);
    } else if (keep === true) return;
    this.close();
  }

  /** The host's socket is gone, and everything that came before was told. */
  hostGone(error: Error | null): void {
    const transport = this.#transport;
    const { phase, reading } = this.#state;
    // Both sides have ended, each by its own wish: the connection stays until it is closed here, as in CPython.
    if (error === null && phase === "ending" && reading === "ended") return;
    const { size } = transport.outgoing.buffer;
    this.force(error ?? (size > 0 && phase !== "closing" ? brokenPipe(transport) : null), "lose");
  }

  /** The write buffer is empty. */
  flushed(): void {
    this.#tellFlushed();
    if (this.#state.phase === "closing") this.#finishClosing(true);
    else if (this.#state.phase === "ending") this.#sendEnd();
  }

  /** Whether somebody waits for the write buffer to be empty. */
  get isAwaited(): boolean {
    return this.#whenFlushed !== null;
  }

  /** A future that is done once the write buffer is empty or the connection lost; null if that is so already. */
  untilFlushed(): Future<void> | null {
    const { loop, outgoing } = this.#transport;
    if (!this.#state.lost) outgoing.flush();
    if (this.#state.lost || outgoing.buffer.size === 0) return null;
    const future = new NamedFuture<void>(loop, "the write buffer of", this.#transport);
    (this.#whenFlushed ??= []).push(future);
    return future;
  }

  /** A future that is done when the system takes more, or the connection is lost. */
  untilRoom(): Future<void> {
    const future = this.#transport.loop.createFuture<void>();
    (this.#whenFlushed ??= []).push(future);
    return future;
  }

  /** TLS takes the connection over: this transport is done, and nobody is told. */
  surrender(): void {
    const transport = this.#transport;
    this.#state.move("handOver");
    transport.incoming.stop();
    transport.loop.openSockets.delete(transport);
  }

  /** TLS could not take it over: the protocol loses it. */
  lostByUpgrade(error: Error | null): void {
    this.#state.move("failHandshake");
    this.#lose(error);
  }

  /** The connection goes at once, and nobody is told. */
  abandon(): void {
    const { host } = this.#transport;
    const state = this.#state;
    // What was sent before the goodbye is to arrive, though nobody is there to wait for the other side's.
    const farewell = host.tls !== null && state.writing === "ended" && state.manner === "in order";
    state.move("break");
    this.#shutdown?.cancel();
    if (state.gone) return;
    if (farewell) host.close();
    else host.abort();
  }

  /** The other side has ended, after this one has begun to. */
  peerGone(): void {
    const { host } = this.#transport;
    if (host.tls !== null && this.#state.writing === "ended") host.close();
  }

  #sendEnd(): void {
    if (!this.#state.gone && this.#state.move("sendEnd")) this.#transport.host.endWriting();
  }

  #tellFlushed(): void {
    const futures = this.#whenFlushed;
    if (futures === null) return;
    this.#whenFlushed = null;
    for (const future of futures) {
      if (!future.done()) future.setResult();
    }
  }

  /** Nothing is left to send. A plain connection is over; over TLS the other side has to say goodbye, too. */
  #finishClosing(now: boolean): void {
    const { host } = this.#transport;
    const state = this.#state;
    if (host.tls === null || state.gone) {
      state.move("lose");
      return this.#lose(null, now);
    }
    if (!state.move("sendEnd")) return;
    if (state.peer === "ended") host.close();
    else host.endWriting();
  }

  #late(): void {
    const { size } = this.#transport.outgoing.buffer;
    const why = size > 0
      ? `its other side did not read the ${size} bytes that were left to send`
      : "its other side did not say goodbye";
    this.force(
      new TimeoutError(`${this.#transport} was aborted: ${why} within ${this.shutdownTimeout} ms of close().`),
    );
  }

  /** It is lost: the protocol is told, now or in the next iteration. */
  #lose(error: Error | null, now = false): void {
    madeOutside(error);
    const transport = this.#transport;
    this.#shutdown?.cancel();
    this.#tellFlushed();
    if (now) this.#tellLoss(error);
    else {
      schedule(transport.loop, new TransportCall(transport, "connectionLost()", () => this.#tellLoss(error)));
    }
  }

  #tellLoss(error: Error | null): void {
    const transport = this.#transport;
    try {
      transport.protocol?.connectionLost(error);
    } finally {
      if (!this.#state.gone) {
        if (this.#state.manner === "abruptly") transport.host.abort();
        else transport.host.close();
      }
      transport.loop.openSockets.delete(transport);
      transport.server?.detach(transport);
    }
  }
}

function brokenPipe(transport: SocketTransport): OSError {
  return new OSError(`Cannot send what is left of ${transport}: the connection is gone.`, { code: "EPIPE" });
}
