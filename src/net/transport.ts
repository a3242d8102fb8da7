/**
 * A connection, as a protocol sees it.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import { type Context, snapshotVars, type Vars } from "../core/context.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { describeKind } from "../core/repr.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkBytes } from "./bytes.ts";
import { checkProtocol } from "./check_protocol.ts";
import { Ending } from "./ending.ts";
import { extraInfo, formatAddress, plainAddress, type TransportInfo } from "./extra_info.ts";
import { PLAIN_HIGH, TLS_HIGH, type WriteBufferLimits } from "./flow_control.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { StreamProtocol } from "./protocol.ts";
import { Step } from "./step.ts";

/** Who counts a server's connections. */
export interface ServerClients {
  /** @internal */
  _attach(transport: Transport): void;
  /** @internal */
  _detach(transport: Transport): void;
}

/**
 * A connection: the protocol writes to it and is told what happens on it. Made by `loop.createConnection()` and `loop.createServer()`,
 * which call `protocol.connectionMade(transport)`.
 *
 * @example Send a word and close
 * ```ts
 * import { EventLoop, Protocol, type Transport } from "@loop/asyncio";
 *
 * class Greeter extends Protocol {
 *   override connectionMade(transport: Transport) {
 *     console.log("a client from", transport.getExtraInfo("peername"));
 *     transport.write(new TextEncoder().encode("hello\n"));
 *     transport.close();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const server = await loop.runUntilComplete(loop.createServer(() => new Greeter(), "127.0.0.1", 0));
 * server.close();
 * ```
 */
export class Transport {
  /** @internal */
  readonly _loop: HostLoop;
  /** @internal */
  readonly _host: HostStream;
  /** @internal One for the whole connection: what a call of the protocol sets, the next one sees. */
  _context: Vars | Context;
  /** @internal */
  readonly _incoming: Incoming;
  /** @internal */
  readonly _outgoing: Outgoing;
  /** @internal */
  readonly _ending: Ending = new Ending(this);
  /** @internal Null until somebody takes the connection. */
  _protocol: StreamProtocol | null = null;
  /** @internal Nothing more happens: the protocol was told, or will be in the next iteration. */
  _lost = false;
  /** @internal */
  _server: ServerClients | null = null;

  /** @internal Made as soon as the host gives the socket out, so that no event is missed; the protocol comes with `_begin`. */
  constructor(loop: HostLoop, host: HostStream, context: Vars | Context = snapshotVars()) {
    this._loop = loop;
    this._host = host;
    this._context = context;
    this._incoming = new Incoming(this);
    this._outgoing = new Outgoing(this, host.tls === null ? PLAIN_HIGH : TLS_HIGH);
    host.start(this._incoming);
    loop.holdSocket(this);
  }

  /**
   * Sends bytes. They are buffered if the system does not take them at once, so the array must not change afterwards. Once the
   * connection is lost or aborted they are dropped, with a warning from the fifth time on.
   *
   * @throws {TypeError} unless it is a Uint8Array; text has to be encoded first
   * @throws {RuntimeError} after {@linkcode Transport.writeEof}, {@linkcode Transport.close} (but the protocol's `resumeWriting()` may
   * write while what was written before is being sent) or an upgrade to TLS, and during `loop.sendfile()`
   */
  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (this._ending.begun && !this._ending.admits()) return;
    if (data.length > 0) this._outgoing.push(data);
  }

  /**
   * Sends several arrays, put together where that saves calls of the system.
   *
   * @throws {TypeError} unless all are Uint8Arrays; nothing is sent then
   * @throws {RuntimeError} as {@linkcode Transport.write}
   */
  writelines(list: Iterable<Uint8Array>): void {
    if (typeof list === "string" || list instanceof Uint8Array || typeof list?.[Symbol.iterator] !== "function") {
      throw new TypeError(`Cannot call writelines() with ${describeKind(list)}: give an array of Uint8Arrays.`);
    }
    const chunks = [...list];
    for (const chunk of chunks) checkBytes(chunk, "writelines");
    if (this._ending.begun && !this._ending.admits()) return;
    for (const chunk of chunks) {
      // The first ones may have broken the connection.
      if (chunk.length > 0 && !this._lost) this._outgoing.push(chunk);
    }
  }

  /**
   * Ends this side once everything written is sent; the other side may go on sending. A second call changes nothing, nor does one after
   * {@linkcode Transport.close}.
   *
   * @throws {NotSupportedError} over TLS, which has no end of one side
   * @throws {RuntimeError} during `loop.sendfile()`
   */
  writeEof(): void {
    if (!this.canWriteEof()) {
      throw new NotSupportedError(
        "Cannot end one side of a TLS connection. Close it with close(), or send a mark of your own.",
      );
    }
    this._ending.endWriting();
  }

  /** Whether {@linkcode Transport.writeEof} is possible: not over TLS. */
  canWriteEof(): boolean {
    return this._host.tls === null;
  }

  /**
   * Closes the connection once everything written is sent: reading stops at once, and the protocol is told by `connectionLost(null)`
   * in a later iteration. A second call changes nothing.
   *
   * Over TLS the other side has to read what was written and to say goodbye within `sslShutdownTimeout`; if it does not, the protocol is
   * told by `connectionLost()` with a `TimeoutError`.
   */
  close(): void {
    this._ending.asked = true;
    this._ending.close();
  }

  /** Closes the connection at once: what is buffered is dropped. The protocol is told by `connectionLost(null)` in the next iteration. */
  abort(): void {
    this._ending.abort();
  }

  /** Whether the connection is closing or closed. */
  isClosing(): boolean {
    return this._ending.closing;
  }

  /** Asks for no more data until {@linkcode Transport.resumeReading}; the other side is slowed down. Twice is harmless. */
  pauseReading(): void {
    if (!this._ending.closing && !this._incoming.paused) this._incoming.pause();
  }

  /** Asks for data again. Twice is harmless. */
  resumeReading(): void {
    if (!this._ending.closing && this._incoming.paused) this._incoming.resume();
  }

  /** Whether data is given to the protocol: reading is not paused and the transport not closing. */
  isReading(): boolean {
    return !this._ending.closing && !this._incoming.paused;
  }

  /**
   * Sets the water marks of the write buffer in bytes: above `high` the protocol's `pauseWriting()` is called, at `low` its
   * `resumeWriting()`. One that is left out follows from the other.
   *
   * @throws {TypeError} if a mark is not a number
   * @throws {RangeError} unless `high` is at least `low` and `low` at least 0
   */
  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this._outgoing.flow.set(limits);
    if (this._lost) return;
    this._outgoing.flush();
    this._outgoing.flow.grew(this._outgoing.buffer.size);
  }

  /** The water marks, the low one first. */
  getWriteBufferLimits(): [low: number, high: number] {
    const { low, high } = this._outgoing.flow;
    return [low, high];
  }

  /** How many bytes were written and not taken by the system. What this iteration wrote may be among them. */
  getWriteBufferSize(): number {
    return this._outgoing.buffer.size;
  }

  /** What is known of the connection by this name, or the fallback; see {@linkcode TransportInfo} for the names. */
  getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return extraInfo(this._host, name) ?? fallback;
  }

  /** The protocol that is told what happens. */
  getProtocol(): StreamProtocol {
    return this._protocol as StreamProtocol;
  }

  /**
   * Sets another protocol; it is told of everything from the next event on, and its `connectionMade()` is not called.
   *
   * @throws {TypeError} if it is no protocol
   */
  setProtocol(protocol: StreamProtocol): void {
    checkProtocol(protocol);
    this._protocol = protocol;
  }

  /** Readable form. */
  toString(): string {
    const state = this._lost ? "closed" : this._ending.closing ? "closing" : "open";
    const peer = formatAddress(plainAddress(this._host.remoteAddress));
    return `<Transport ${state} peer=${peer} buffered=${this._outgoing.buffer.size}>`;
  }

  /** @internal Gives the connection to a protocol, in three steps of the loop: it is told, the maker goes on, reading starts. */
  _begin(protocol: StreamProtocol, waiter: Future<void> | null): void {
    this._protocol = protocol;
    const loop = this._loop;
    loop._schedule(new Step(this, "connectionMade()", () => protocol.connectionMade(this)));
    if (waiter !== null) {
      // Before reading starts: in CPython the maker goes on before data that has come already, which waits for the next poll.
      loop._schedule(
        new Step(this, "end of connecting", () => {
          if (!waiter.done()) waiter.setResult();
        }),
      );
    }
    this._startReading();
  }

  /** @internal The last step. */
  _startReading(): void {
    this._loop._schedule(new Step(this, "start of reading", () => this._incoming.start()));
  }

  /** @internal Nobody wants the connection: it is closed, and nobody is told. */
  _discard(): void {
    this._ending.abandon();
    this._loop.openSockets.delete(this);
  }

  /** @internal */
  isOpen(): boolean {
    return !this._ending.closing;
  }

  /** @internal */
  abandon(): void {
    this._ending.abandon();
  }
}
