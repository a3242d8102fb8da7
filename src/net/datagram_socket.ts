/**
 * The transport of a datagram socket of the host.
 *
 * @module
 */
import type { DatagramEvents, HostDatagram, SocketAddress } from "../adapters/net.ts";
import { type Context, snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { schedule } from "../core/internal.ts";
import { checkBytes } from "../io/reader_state.ts";
import type { DatagramProtocol } from "../io/protocols.ts";
import type { DatagramAddress, TransportInfo, WriteBufferLimits } from "../io/socket_infos.ts";
import { DatagramTransport } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { formatAddress, plainAddress, toSocketAddress } from "./addresses.ts";
import { checkDatagramProtocol } from "./check_protocol.ts";
import { DatagramInbox } from "./datagram_inbox.ts";
import { DatagramOutbox } from "./datagram_outbox.ts";
import { DROPPED_IN_SILENCE } from "./ending.ts";
import { TransportCall } from "./transport_call.ts";

/** A datagram socket: its two queues, and what a protocol may ask of them. */
export class DatagramSocket extends DatagramTransport {
  readonly loop: HostLoop;
  /** @internal */
  _context: Vars | Context;
  protocol: DatagramProtocol | null = null;
  /** Null until the host's socket is open. */
  host: HostDatagram | null = null;
  /** How far it has come. *Lost*: the protocol was told so, or will be in the next iteration. */
  #phase: "open" | "closing" | "lost" = "open";
  readonly #inbox: DatagramInbox;
  readonly #outbox: DatagramOutbox;
  readonly #peer: SocketAddress | null;
  /** Whether the system knows the peer; otherwise each datagram carries its address. */
  readonly #connected: boolean;
  /** The program has called close() itself. */
  #asked = false;
  #released = false;
  #dropped = 0;

  /** Made before the host's socket, which may report datagrams at once. */
  constructor(loop: HostLoop, peer: SocketAddress | null, connected = true) {
    super();
    this.loop = loop;
    this._context = snapshotVars();
    this.#peer = peer;
    this.#connected = connected;
    this.#inbox = new DatagramInbox(this);
    this.#outbox = new DatagramOutbox(this);
  }

  sendto(data: Uint8Array, address?: DatagramAddress | null): void {
    checkBytes(data, "sendto");
    const to = this.#destination(address ?? null);
    if (this.#phase === "open" || this.#admits()) this.#outbox.push(data, to);
  }

  close(): void {
    this.#asked = true;
    this.closeOnceSent();
  }

  abort(): void {
    this.#outbox.clear();
    this.#lose(null, true);
  }

  isClosing(): boolean {
    return this.#phase !== "open";
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.#outbox.flow.set(limits);
    this.#outbox.flow.grew(this.#outbox.size);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    const { low, high } = this.#outbox.flow;
    return [low, high];
  }

  getWriteBufferSize(): number {
    return this.#outbox.size;
  }

  getExtraInfo<K extends "peername" | "sockname">(name: K): TransportInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    const host = this.host;
    if (name === "sockname") return plainAddress(host?.localAddress ?? null) ?? fallback;
    if (name === "peername") {
      return plainAddress(host?.remoteAddress ?? (this.#connected ? this.#peer : null)) ?? fallback;
    }
    return fallback;
  }

  getProtocol(): DatagramProtocol {
    return this.protocol as DatagramProtocol;
  }

  setProtocol(protocol: DatagramProtocol): void {
    checkDatagramProtocol(protocol);
    this.protocol = protocol;
  }

  get lost(): boolean {
    return this.#phase === "lost";
  }

  override toString(): string {
    const state = this.#phase === "lost" ? "closed" : this.#phase;
    return `<DatagramTransport ${state} ${formatAddress(this.host?.localAddress)} queued=${this.#outbox.length}>`;
  }

  /** What the host is given to tell events to. */
  readonly events: DatagramEvents = {
    datagram: (bytes, address) => this.#inbox.receive(bytes, address),
    error: (error) => this.#inbox.receive(error, null),
    drain: () => this.#outbox.drained(),
    closed: (error) => this.#lose(error),
  };

  /** The host's socket is open. */
  opened(host: HostDatagram): void {
    this.host = host;
    this.loop.holdSocket(this);
  }

  /** Three steps of the loop: the protocol is told, the maker goes on, reading starts. */
  begin(protocol: DatagramProtocol, waiter: Future<void>): void {
    this.protocol = protocol;
    const loop = this.loop;
    schedule(loop, new TransportCall(this, "connectionMade()", () => protocol.connectionMade(this)));
    schedule(
      loop,
      new TransportCall(this, "end of opening", () => {
        if (!waiter.done()) waiter.setResult();
      }),
    );
    schedule(loop, new TransportCall(this, "start of reading", () => this.#inbox.start()));
  }

  isOpen(): boolean {
    return this.#phase === "open";
  }

  abandon(): void {
    this.#phase = "lost";
    this.#closeHost();
  }

  /** Nobody wants it. */
  discard(): void {
    this.abandon();
    this.loop.openSockets.delete(this);
  }

  closeOnceSent(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    this.host?.pauseReading();
    if (this.#outbox.length === 0) this.flushed();
  }

  /** The host has everything that was queued; once it has sent that, it says so. */
  flushed(): void {
    if (this.#phase === "open") return;
    if (this.host === null) this.#lose(null);
    else this.#closeHost();
  }

  /** Whether what is sent now still goes; it throws if the program itself has said that nothing comes any more. */
  #admits(): boolean {
    if (this.#outbox.flow.resuming && this.#phase !== "lost") return true;
    if (this.#asked) throw new RuntimeError(`Cannot send after close() of ${this}. Send everything before it.`);
    if (++this.#dropped >= DROPPED_IN_SILENCE) console.warn(`${this} is closed: what is sent is dropped.`);
    return false;
  }

  #destination(address: DatagramAddress | null): SocketAddress | null {
    const to = address === null ? null : toSocketAddress(address);
    const peer = this.#peer;
    const family = this.host?.localAddress?.family ?? peer?.family;
    if (to !== null && family !== undefined && to.family !== family) {
      if (typeof address === "string") {
        throw new TypeError(`Cannot send to ${JSON.stringify(address)}: on this socket give [address, port].`);
      }
      throw new RangeError(
        `Cannot send to ${
          formatAddress(to)
        }: it is of the family "${to.family}", and the socket of "${family}". Open one of that family.`,
      );
    }
    if (peer === null) {
      if (to === null) {
        throw new TypeError("Cannot call sendto() without an address: the socket is connected to nobody.");
      }
      return to;
    }
    if (to !== null && formatAddress(to) !== formatAddress(peer)) {
      throw new RangeError(
        `Cannot send to ${formatAddress(to)}: the socket is connected to ${formatAddress(peer)} alone.`,
      );
    }
    return this.#connected ? null : peer;
  }

  #lose(error: Error | null, atOnce = false): void {
    if (this.#phase === "lost") return;
    this.#phase = "lost";
    schedule(
      this.loop,
      new TransportCall(this, "connectionLost()", () => {
        try {
          this.protocol?.connectionLost(error);
        } finally {
          if (atOnce) this.host?.abort();
          else this.#closeHost();
          this.loop.openSockets.delete(this);
        }
      }),
    );
  }

  /** Once: the protocol may be notified of the loss after the loop has let the socket go. */
  #closeHost(): void {
    if (this.#released) return;
    this.#released = true;
    this.host?.close();
  }
}
