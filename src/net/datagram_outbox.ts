/**
 * The sending half of a datagram transport.
 *
 * @module
 */
import type { HostDatagram, SocketAddress } from "../adapters/net.ts";
import { schedule } from "../core/internal.ts";
import { OVERHEAD } from "./datagram_inbox.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { FlowControl, PLAIN_HIGH } from "./flow_control.ts";
import { TransportCall } from "./transport_call.ts";

/** A datagram that waits, and where it goes to; null for the peer that the system knows. */
interface Outgoing {
  readonly bytes: Uint8Array;
  readonly address: SocketAddress | null;
}

/** What was sent and not yet taken by the system, with its water marks. */
export class DatagramOutbox {
  readonly #transport: DatagramSocket;
  readonly #queue: Outgoing[] = [];
  readonly #event: TransportCall;
  /** The water marks. */
  readonly flow: FlowControl;
  /** How many bytes wait, with 8 more for each datagram. */
  size = 0;
  /** The system is full: `drain` will tell. */
  #blocked = false;
  #scheduled = false;

  constructor(transport: DatagramSocket) {
    this.#transport = transport;
    this.flow = new FlowControl(transport, PLAIN_HIGH);
    this.#event = new TransportCall(transport, "write event", () => this.#write());
  }

  /** How many datagrams wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Sends a datagram, or queues it. */
  push(bytes: Uint8Array, address: SocketAddress | null): void {
    const datagram = { bytes, address };
    const first = this.#queue.length === 0 && !this.#blocked && this.#transport.host !== null;
    if (first && this.#send(datagram)) return;
    this.#queue.push(datagram);
    this.size += bytes.length + OVERHEAD;
    this.flow.grew(this.size);
  }

  /** The system has room again; told outside of a turn. */
  drained(): void {
    if (this.#scheduled || this.#transport.lost) return;
    this.#scheduled = true;
    schedule(this.#transport.loop, this.#event);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue.length = this.size = 0;
  }

  /** Whether the datagram is done with: taken by the system, or refused. */
  #send({ bytes, address }: Outgoing): boolean {
    const transport = this.#transport;
    try {
      this.#blocked = !(transport.host as HostDatagram).send(bytes, address);
    } catch (error) {
      transport.protocol?.errorReceived(error as Error);
      return true;
    }
    return !this.#blocked;
  }

  #write(): void {
    this.#scheduled = this.#blocked = false;
    const transport = this.#transport;
    let sent = 0;
    for (const datagram of this.#queue) {
      if (transport.lost || !this.#send(datagram)) break;
      sent++;
      this.size -= datagram.bytes.length + OVERHEAD;
    }
    if (transport.lost) return;
    this.#queue.splice(0, sent);
    // Before it is looked whether the queue is empty: the protocol may send more, or close.
    this.flow.shrank(this.size);
    if (this.#queue.length === 0) transport.flushed();
  }
}
