/**
 * The transport of a connection, on a socket of the host.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import { type Context, snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { schedule } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import { checkBytes } from "../io/reader_state.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import type { TransportInfo, WriteBufferLimits } from "../io/socket_infos.ts";
import { Transport } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { formatAddress, plainAddress } from "./addresses.ts";
import { checkProtocol } from "./check_protocol.ts";
import { ConnectionState } from "./connection_state.ts";
import { Ending } from "./ending.ts";
import { PLAIN_HIGH, TLS_HIGH } from "./flow_control.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import { TransportCall } from "./transport_call.ts";

/** Who counts a server's connections. */
export interface ServerClients {
  attach(transport: SocketTransport): void;
  detach(transport: SocketTransport): void;
}

/** A connection: the halves of it, and what a protocol may ask of them. */
export class SocketTransport extends Transport {
  readonly loop: HostLoop;
  readonly host: HostStream;
  /** One for the whole connection: what a call of the protocol sets, the next one sees. */
  _context: Vars | Context;
  /** How far it has come. */
  readonly state: ConnectionState = new ConnectionState();
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly ending: Ending = new Ending(this);
  /** Null until somebody takes the connection. */
  protocol: StreamProtocol | null = null;
  server: ServerClients | null = null;

  /** Made as soon as the host gives the socket out, so that no event is missed; the protocol comes with `begin`. */
  constructor(loop: HostLoop, host: HostStream, context: Vars | Context = snapshotVars()) {
    super();
    this.loop = loop;
    this.host = host;
    this._context = context;
    this.incoming = new Incoming(this);
    this.outgoing = new Outgoing(this, host.tls === null ? PLAIN_HIGH : TLS_HIGH);
    host.start(this.incoming);
    loop.holdSocket(this);
  }

  write(data: Uint8Array): void {
    checkBytes(data, "write");
    if (!this.state.writable && !this.ending.admits()) return;
    if (data.length > 0) this.outgoing.push(data);
  }

  writelines(list: Iterable<Uint8Array>): void {
    if (typeof list === "string" || list instanceof Uint8Array || typeof list?.[Symbol.iterator] !== "function") {
      throw new TypeError(`Cannot call writelines() with ${describeKind(list)}: give an array of Uint8Arrays.`);
    }
    const chunks = [...list];
    for (const chunk of chunks) checkBytes(chunk, "writelines");
    if (!this.state.writable && !this.ending.admits()) return;
    this.outgoing.pushAll(chunks);
  }

  writeEof(): void {
    if (!this.canWriteEof()) {
      throw new NotSupportedError(
        "Cannot end one side of a TLS connection. Close it with close(), or send a mark of your own.",
      );
    }
    this.ending.endWriting();
  }

  canWriteEof(): boolean {
    return this.host.tls === null;
  }

  close(): void {
    this.state.move("askToClose");
    this.ending.close();
  }

  abort(): void {
    this.ending.abort();
  }

  isClosing(): boolean {
    return this.state.closing;
  }

  pauseReading(): void {
    if (!this.state.closing && !this.incoming.paused) this.incoming.pause();
  }

  resumeReading(): void {
    if (!this.state.closing && this.incoming.paused) this.incoming.resume();
  }

  isReading(): boolean {
    return !this.state.closing && !this.incoming.paused;
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.outgoing.flow.set(limits);
    if (this.state.lost) return;
    this.outgoing.flush();
    this.outgoing.flow.grew(this.outgoing.buffer.size);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    const { low, high } = this.outgoing.flow;
    return [low, high];
  }

  getWriteBufferSize(): number {
    return this.outgoing.buffer.size;
  }

  getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return extraInfo(this.host, name) ?? fallback;
  }

  getProtocol(): StreamProtocol {
    return this.protocol as StreamProtocol;
  }

  setProtocol(protocol: StreamProtocol): void {
    checkProtocol(protocol);
    this.protocol = protocol;
  }

  override toString(): string {
    const state = this.state.lost ? "closed" : this.state.closing ? "closing" : "open";
    const peer = formatAddress(plainAddress(this.host.remoteAddress));
    return `<Transport ${state} peer=${peer} buffered=${this.outgoing.buffer.size}>`;
  }

  /** Which way it goes; null for both. */
  get direction(): "read" | "write" | null {
    return null;
  }

  /** For a transport that goes on in place of this one. */
  get context(): Vars | Context {
    return this._context;
  }

  /** Gives the connection to a protocol, in three steps of the loop: it is told, the maker goes on, reading starts. */
  begin(protocol: StreamProtocol, waiter: Future<void> | null): void {
    this.protocol = protocol;
    this.state.move("begin");
    const { loop } = this;
    schedule(loop, new TransportCall(this, "connectionMade()", () => protocol.connectionMade(this)));
    if (waiter !== null) {
      // Before reading starts: in CPython the maker goes on before data that has come already, which waits for the next poll.
      schedule(
        loop,
        new TransportCall(this, "end of connecting", () => {
          if (!waiter.done()) waiter.setResult();
        }),
      );
    }
    this.startReading();
  }

  /** The last step. */
  startReading(): void {
    schedule(this.loop, new TransportCall(this, "start of reading", () => this.incoming.start()));
  }

  /** Nobody wants the connection: it is closed, and nobody is told. */
  discard(): void {
    this.ending.abandon();
    this.loop.openSockets.delete(this);
  }

  isOpen(): boolean {
    return !this.state.closing;
  }

  abandon(): void {
    this.ending.abandon();
  }
}

/** What is known of a connection by one name; undefined if it is not known. */
function extraInfo(host: HostStream, name: string): unknown {
  const { tls } = host;
  switch (name) {
    case "peername":
      return plainAddress(host.remoteAddress);
    case "sockname":
      return plainAddress(host.localAddress);
    case "sslObject":
      return tls ?? undefined;
    case "peercert":
      return tls?.peerCertificate;
    case "cipher":
      return tls?.cipher;
    case "tlsVersion":
      return tls?.version;
    case "alpnProtocol":
      return tls?.alpnProtocol ?? undefined;
    default:
      return undefined;
  }
}
