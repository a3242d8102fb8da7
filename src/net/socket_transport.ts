/**
 * The transport of a connection, on a socket of the host.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import { type Context, snapshotVars, type Vars } from "../core/context.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { describeKind } from "../core/repr.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import { Transport, type TransportInfo, type WriteBufferLimits } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkBytes } from "./bytes.ts";
import { checkProtocol } from "./check_protocol.ts";
import { Ending } from "./ending.ts";
import { extraInfo, formatAddress, plainAddress } from "./extra_info.ts";
import { PLAIN_HIGH, TLS_HIGH } from "./flow_control.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import { Step } from "./step.ts";

/** Who counts a server's connections. */
export interface ServerClients {
  /** @internal */
  _attach(transport: SocketTransport): void;
  /** @internal */
  _detach(transport: SocketTransport): void;
}

/** A connection: the halves of it, and what a protocol may ask of them. */
export class SocketTransport extends Transport {
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
    super();
    this._loop = loop;
    this._host = host;
    this._context = context;
    this._incoming = new Incoming(this);
    this._outgoing = new Outgoing(this, host.tls === null ? PLAIN_HIGH : TLS_HIGH);
    host.start(this._incoming);
    loop.holdSocket(this);
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (this._ending.begun && !this._ending.admits()) return;
    if (data.length > 0) this._outgoing.push(data);
  }

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

  writeEof(): void {
    if (!this.canWriteEof()) {
      throw new NotSupportedError(
        "Cannot end one side of a TLS connection. Close it with close(), or send a mark of your own.",
      );
    }
    this._ending.endWriting();
  }

  canWriteEof(): boolean {
    return this._host.tls === null;
  }

  close(): void {
    this._ending.asked = true;
    this._ending.close();
  }

  abort(): void {
    this._ending.abort();
  }

  isClosing(): boolean {
    return this._ending.closing;
  }

  pauseReading(): void {
    if (!this._ending.closing && !this._incoming.paused) this._incoming.pause();
  }

  resumeReading(): void {
    if (!this._ending.closing && this._incoming.paused) this._incoming.resume();
  }

  isReading(): boolean {
    return !this._ending.closing && !this._incoming.paused;
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this._outgoing.flow.set(limits);
    if (this._lost) return;
    this._outgoing.flush();
    this._outgoing.flow.grew(this._outgoing.buffer.size);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    const { low, high } = this._outgoing.flow;
    return [low, high];
  }

  getWriteBufferSize(): number {
    return this._outgoing.buffer.size;
  }

  getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return extraInfo(this._host, name) ?? fallback;
  }

  getProtocol(): StreamProtocol {
    return this._protocol as StreamProtocol;
  }

  setProtocol(protocol: StreamProtocol): void {
    checkProtocol(protocol);
    this._protocol = protocol;
  }

  override toString(): string {
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
