/**
 * How a connection ends: what is still sent, who is told, and when the host's socket goes.
 *
 * @module
 */
import { KeyboardInterrupt, OSError, RuntimeError, TimeoutError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { TimerHandle } from "../core/handle.ts";
import { Step } from "./step.ts";
import type { SocketTransport } from "./socket_transport.ts";

/** After so many writes that were dropped a warning is given for each. */
const PATIENCE = 5;
/** Milliseconds that a TLS connection gets for its goodbye. */
export const SHUTDOWN_TIMEOUT = 30_000;

/** The end of one connection, from the first wish for it until the protocol was told. */
export class Ending {
  readonly #transport: SocketTransport;
  /** Milliseconds for the goodbye of TLS. */
  shutdownTimeout = SHUTDOWN_TIMEOUT;
  /** It has begun, for one side or for both: not every write is welcome any more. */
  begun = false;
  /** Nothing more is read, and the connection goes once everything is sent. */
  closing = false;
  /** The program has called close() itself, and not something of which it cannot know yet. */
  asked = false;
  /** This side ends once everything is sent. */
  eof = false;
  /** TLS on top of it has taken the connection over. */
  upgraded = false;
  /** A file is being sent: what others write would stand in the middle of it. */
  sendsFile = false;
  #dropped = 0;
  #eofSent = false;
  #forced = false;
  /** Ends a connection over TLS whose other side takes too long. */
  #shutdown: TimerHandle | null = null;
  /** TLS has said goodbye: nothing can follow. */
  #saidGoodbye = false;
  /** A future for each who waits: one that is cancelled must not end the wait of the others. */
  #whenFlushed: Future<void>[] | null = null;

  constructor(transport: SocketTransport) {
    this.#transport = transport;
  }

  /**
   * Whether what is written now is still sent; asked once the end has begun. It throws if the program itself has said that nothing comes
   * any more. On a connection that was lost or aborted bytes are dropped, as in CPython: who writes cannot know of it.
   */
  admits(): boolean {
    const transport = this.#transport;
    if (this.upgraded) {
      throw new RuntimeError(
        "Cannot write beside TLS: the connection was upgraded. Use the transport that startTls() gave.",
      );
    }
    if (this.eof) throw new RuntimeError("Cannot write after writeEof(). Write everything before it.");
    if (this.sendsFile && !transport.lost) this.refuseBesideFile("write");
    // Asked to write on while the rest is being sent, a protocol may do so; once TLS has said goodbye, nothing can follow.
    if (transport.outgoing.flow.resuming && !transport.lost && !this.#saidGoodbye) return true;
    if (this.asked) throw new RuntimeError(`Cannot write after close() of ${transport}. Write everything before it.`);
    if (++this.#dropped >= PATIENCE) console.warn(`${transport} has lost its connection: what is written is dropped.`);
    return false;
  }

  /** Ends the connection once everything is sent. */
  close(): void {
    if (this.closing) return;
    const { loop, host, incoming, outgoing } = this.#transport;
    this.begun = this.closing = true;
    const secured = host.tls !== null && !incoming.gone;
    // What the other side still sends is of no use, but its goodbye is.
    incoming.stop(secured);
    if (secured) this.#shutdown = loop.callLater(this.shutdownTimeout, () => this.#late());
    outgoing.flush();
    if (outgoing.buffer.size === 0) this.#finishClosing(false);
  }

  /** Ends the connection at once. What the system still takes is sent. */
  abort(): void {
    if (!this.#transport.lost) this.#transport.outgoing.flush();
    this.force(null);
  }

  /** Drops what is buffered, and tells the protocol in the next iteration. */
  force(error: Error | null): void {
    const transport = this.#transport;
    if (transport.lost) return;
    this.begun = this.closing = this.#forced = true;
    transport.outgoing.buffer.clear();
    transport.incoming.stop();
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
    if (this.sendsFile) this.refuseBesideFile("send another file");
    this.begun = this.sendsFile = true;
    this.#transport.outgoing.flow.mute();
  }

  /** The file is sent, or will not be. */
  endFile(): void {
    this.sendsFile = false;
    this.begun = this.closing || this.eof || this.upgraded;
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
    if (this.closing || this.eof) return;
    if (this.sendsFile) this.refuseBesideFile("end writing");
    this.begun = this.eof = true;
    const { outgoing } = this.#transport;
    outgoing.flush();
    if (!this.#transport.lost && outgoing.buffer.size === 0) this.#sendEof();
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
    // Both sides have ended, each by its own wish: the connection stays until it is closed here, as in CPython.
    if (error === null && !this.closing && this.eof && transport.incoming.endTold) return;
    const { size } = transport.outgoing.buffer;
    this.force(error ?? (size > 0 && !this.closing ? brokenPipe(transport) : null));
  }

  /** The write buffer is empty. */
  flushed(): void {
    this.#tellFlushed();
    if (this.closing) this.#finishClosing(true);
    else if (this.eof) this.#sendEof();
  }

  /** Whether somebody waits for the write buffer to be empty. */
  get isAwaited(): boolean {
    return this.#whenFlushed !== null;
  }

  /** A future that is done once the write buffer is empty or the connection lost; null if that is so already. */
  untilFlushed(): Future<void> | null {
    const transport = this.#transport;
    if (!transport.lost) transport.outgoing.flush();
    if (transport.lost || transport.outgoing.buffer.size === 0) return null;
    const future = transport.loop.createFuture<void>();
    (this.#whenFlushed ??= []).push(future);
    return future;
  }

  /** TLS takes the connection over: this transport is done, and nobody is told. */
  surrender(): void {
    const transport = this.#transport;
    this.begun =
      this.upgraded =
      transport.lost =
      this.closing =
        true;
    transport.incoming.stop();
    transport.loop.openSockets.delete(transport);
  }

  /** TLS could not take it over: the protocol loses it. */
  lostByUpgrade(error: Error | null): void {
    this.#forced = true;
    this.#lose(error);
  }

  /** The connection goes at once, and nobody is told. */
  abandon(): void {
    const transport = this.#transport;
    const farewell = this.#saidGoodbye && !this.#forced;
    transport.lost = this.begun = this.closing = true;
    this.#shutdown?.cancel();
    if (transport.incoming.gone) return;
    // What was sent before the goodbye is to arrive, though nobody is there to wait for the other side's.
    if (farewell) transport.host.close();
    else transport.host.abort();
  }

  /** The other side has ended, after this one has begun to. */
  peerGone(): void {
    if (this.#saidGoodbye) this.#transport.host.close();
  }

  #sendEof(): void {
    if (this.#eofSent || this.#transport.incoming.gone) return;
    this.#eofSent = true;
    this.#transport.host.endWriting();
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
    const { host, incoming } = this.#transport;
    if (host.tls === null || incoming.gone) return this.#lose(null, now);
    if (this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    if (incoming.ended) host.close();
    else this.#sendEof();
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

  #lose(error: Error | null, now = false): void {
    const transport = this.#transport;
    transport.lost = true;
    this.#shutdown?.cancel();
    this.#tellFlushed();
    if (now) this.#tellLoss(error);
    else transport.loop._schedule(new Step(transport, "connectionLost()", () => this.#tellLoss(error)));
  }

  #tellLoss(error: Error | null): void {
    const transport = this.#transport;
    try {
      transport.protocol?.connectionLost(error);
    } finally {
      if (!transport.incoming.gone) {
        if (this.#forced) transport.host.abort();
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
