/**
 * A datagram socket, as a protocol sees it.
 *
 * @module
 */
import type { DatagramEvents, HostDatagram, SocketAddress } from "../adapters/net.ts";
import { type Context, snapshotVars, type Vars } from "../core/context.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { checkBytes } from "./bytes.ts";
import { checkDatagramProtocol } from "./check_protocol.ts";
import { type DatagramAddress, toSocketAddress } from "./datagram_address.ts";
import { formatAddress, plainAddress, type TransportInfo } from "./extra_info.ts";
import { FlowControl, PLAIN_HIGH, type WriteBufferLimits } from "./flow_control.ts";
import { openSockets } from "./open_sockets.ts";
import type { DatagramProtocol } from "./protocol.ts";
import { Step } from "./step.ts";

/** What a datagram in the queue costs beside its bytes. */
const OVERHEAD = 8;
/** After so many datagrams that were dropped a warning is given for each. */
const PATIENCE = 5;
/** So many bytes may wait for a loop that is busy before the host is asked to read no more. */
const ENOUGH = 256 * 1024;

/** A datagram that waits, and where it goes to or came from; an error of the host takes the place of its bytes. */
interface Queued {
  readonly bytes: Uint8Array | Error;
  readonly address: SocketAddress | null;
}

/**
 * A datagram socket: the protocol sends by it and is told what comes. Made by `loop.createDatagramEndpoint()`.
 *
 * @example Send to whoever listens
 * ```ts
 * import { DatagramProtocol, EventLoop } from "@loop/asyncio";
 *
 * using loop = new EventLoop();
 * const [transport] = await loop.runUntilComplete(
 *   loop.createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: ["127.0.0.1", 0] }),
 * );
 * transport.sendto(new TextEncoder().encode("ping"), ["127.0.0.1", 9]);
 * transport.close();
 * ```
 */
export class DatagramTransport {
  /** @internal */
  readonly _loop: EventLoop;
  /** @internal */
  _context: Vars | Context;
  /** @internal */
  _protocol: DatagramProtocol | null = null;
  #host: HostDatagram | null = null;
  readonly #flow: FlowControl;
  readonly #peer: SocketAddress | null;
  /** Whether the system knows the peer; otherwise each datagram carries its address. */
  readonly #connected: boolean;
  readonly #queue: Queued[] = [];
  #size = 0;
  #blocked = false;
  readonly #received: Queued[] = [];
  #receivedSize = 0;
  #held = false;
  #started = false;
  #reading = false;
  #writing = false;
  #closing = false;
  #lost = false;
  #released = false;
  #dropped = 0;
  readonly #readEvent: Step;
  readonly #writeEvent: Step;

  /** @internal Made before the host's socket, which may tell of datagrams at once. */
  constructor(loop: EventLoop, peer: SocketAddress | null, connected = true) {
    this._loop = loop;
    this._context = snapshotVars();
    this.#peer = peer;
    this.#connected = connected;
    this.#flow = new FlowControl(this, PLAIN_HIGH);
    this.#readEvent = new Step(this, "read event", () => this.#read());
    this.#writeEvent = new Step(this, "write event", () => this.#write());
  }

  /**
   * Sends a datagram, or queues it if the system has no room. What goes wrong is told to the protocol's `errorReceived()`.
   *
   * @param address where to, an address and never a name: an object as `datagramReceived()` gets it, `[address, port]`, or the path of
   * a Unix socket; left out for a socket that is connected to one peer
   * @throws {TypeError} unless the data is a Uint8Array and the address one, or if there is no address at all
   * @throws {RangeError} if the socket is connected to another address, or the port is not one
   */
  sendto(data: Uint8Array, address?: DatagramAddress | null): void {
    checkBytes(data, "sendto");
    const to = this.#destination(address ?? null);
    if (this.#lost) {
      if (++this.#dropped >= PATIENCE) console.warn(`${this} is closed: what is sent is dropped.`);
      return;
    }
    if (this.#queue.length === 0 && !this.#blocked && this.#host !== null && this.#send({ bytes: data, address: to })) {
      return;
    }
    this.#queue.push({ bytes: data, address: to });
    this.#size += data.length + OVERHEAD;
    this.#flow.grew(this.#size);
  }

  /** Closes the socket once the queue is sent; the protocol is told by `connectionLost(null)` in a later iteration. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#host?.pauseReading();
    if (this.#queue.length === 0) this.#lose(null);
  }

  /** Closes the socket at once: what is queued is dropped. The protocol is told by `connectionLost(null)` in the next iteration. */
  abort(): void {
    this.#closing = true;
    this.#queue.length = this.#size = 0;
    this.#lose(null);
  }

  /** Whether it is closing or closed. */
  isClosing(): boolean {
    return this.#closing;
  }

  /**
   * Sets the water marks of the queue in bytes, as {@linkcode Transport.setWriteBufferLimits}.
   *
   * @throws {TypeError} if a mark is not a number
   * @throws {RangeError} unless `high` is at least `low` and `low` at least 0
   */
  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.#flow.set(limits);
    this.#flow.grew(this.#size);
  }

  /** The water marks, the low one first. */
  getWriteBufferLimits(): [low: number, high: number] {
    return [this.#flow.low, this.#flow.high];
  }

  /** How many bytes are queued, with 8 more for each datagram. */
  getWriteBufferSize(): number {
    return this.#size;
  }

  /** What is known by this name, or null: the addresses `peername` (of a connected socket) and `sockname`. */
  getExtraInfo<K extends "peername" | "sockname">(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    const host = this.#host;
    if (name === "sockname") return plainAddress(host?.localAddress ?? null) ?? fallback;
    if (name === "peername") {
      return plainAddress(host?.remoteAddress ?? (this.#connected ? this.#peer : null)) ?? fallback;
    }
    return fallback;
  }

  /** The protocol that is told what happens. */
  getProtocol(): DatagramProtocol {
    return this._protocol as DatagramProtocol;
  }

  /** Sets another protocol, which is told of everything from the next event on. */
  setProtocol(protocol: DatagramProtocol): void {
    checkDatagramProtocol(protocol);
    this._protocol = protocol;
  }

  /** Readable form. */
  toString(): string {
    const state = this.#lost ? "closed" : this.#closing ? "closing" : "open";
    return `<DatagramTransport ${state} ${formatAddress(this.#host?.localAddress)} queued=${this.#queue.length}>`;
  }

  /** @internal What the host is given to tell events to. */
  readonly _events: DatagramEvents = {
    datagram: (bytes, address) => this.#receive({ bytes, address }, bytes.length),
    error: (error) => this.#receive({ bytes: error, address: null }, 0),
    drain: () => {
      if (this.#writing || this.#lost) return;
      this.#writing = true;
      this._loop._schedule(this.#writeEvent);
    },
    closed: (error) => {
      if (this.#lost) return;
      this.#closing = true;
      this.#lose(error);
    },
  };

  /** @internal The host's socket is open. */
  _opened(host: HostDatagram): void {
    this.#host = host;
    openSockets(this._loop).add(this);
  }

  /** @internal Three steps of the loop: the protocol is told, the maker goes on, reading starts. */
  _begin(protocol: DatagramProtocol, waiter: Future<void>): void {
    this._protocol = protocol;
    const loop = this._loop;
    loop._schedule(new Step(this, "connectionMade()", () => protocol.connectionMade(this)));
    loop._schedule(
      new Step(this, "end of opening", () => {
        if (!waiter.done()) waiter.setResult();
      }),
    );
    loop._schedule(
      new Step(this, "start of reading", () => {
        this.#started = true;
        this.#readSoon();
      }),
    );
  }

  /** @internal */
  _isOpen(): boolean {
    return !this.#closing;
  }

  /** @internal */
  _abandon(): void {
    this.#lost = this.#closing = true;
    this.#closeHost();
  }

  /** @internal Nobody wants it. */
  _discard(): void {
    this._abandon();
    openSockets(this._loop).delete(this);
  }

  #destination(address: DatagramAddress | null): SocketAddress | null {
    const to = address === null ? null : toSocketAddress(address);
    const peer = this.#peer;
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

  /** Whether the datagram is done with: taken by the system, or refused. */
  #send({ bytes, address }: Queued): boolean {
    try {
      this.#blocked = !(this.#host as HostDatagram).send(bytes as Uint8Array, address);
    } catch (error) {
      this.#tellError(error as Error);
      return true;
    }
    return !this.#blocked;
  }

  #write(): void {
    this.#writing = this.#blocked = false;
    let sent = 0;
    for (const datagram of this.#queue) {
      if (this.#lost || !this.#send(datagram)) break;
      sent++;
      this.#size -= (datagram.bytes as Uint8Array).length + OVERHEAD;
    }
    if (this.#lost) return;
    this.#queue.splice(0, sent);
    this.#flow.shrank(this.#size);
    if (this.#closing && this.#queue.length === 0) this.#lose(null);
  }

  #receive(queued: Queued, length: number): void {
    if (this.#closing) return;
    this.#received.push(queued);
    this.#receivedSize += length + OVERHEAD;
    if (this.#receivedSize > ENOUGH && !this.#held) {
      this.#held = true;
      this.#host?.pauseReading();
    }
    this.#readSoon();
  }

  #readSoon(): void {
    if (this.#reading || !this.#started || this.#received.length === 0) return;
    this.#reading = true;
    this._loop._schedule(this.#readEvent);
  }

  /** One datagram in an iteration. */
  #read(): void {
    this.#reading = false;
    if (this.#closing) return;
    const { bytes, address } = this.#received.shift() as Queued;
    if (bytes instanceof Error) {
      this.#receivedSize -= OVERHEAD;
    } else {
      this.#receivedSize -= bytes.length + OVERHEAD;
    }
    if (this.#held && this.#receivedSize <= ENOUGH / 4) {
      this.#held = false;
      this.#host?.resumeReading();
    }
    this.#readSoon();
    if (bytes instanceof Error) this.#tellError(bytes);
    else this._protocol?.datagramReceived(bytes, plainAddress(address) as SocketAddress);
  }

  #tellError(error: Error): void {
    this._protocol?.errorReceived(error);
  }

  #lose(error: Error | null): void {
    if (this.#lost) return;
    this.#lost = true;
    this._loop._schedule(
      new Step(this, "connectionLost()", () => {
        try {
          this._protocol?.connectionLost(error);
        } finally {
          this.#closeHost();
          openSockets(this._loop).delete(this);
        }
      }),
    );
  }

  /** Once: the protocol may be told of the loss after the loop has let the socket go. */
  #closeHost(): void {
    if (this.#released) return;
    this.#released = true;
    this.#host?.close();
  }
}
