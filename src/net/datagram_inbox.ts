/**
 * The receiving half of a datagram transport.
 *
 * The host tells what comes outside of the loop's turns. It is kept here, and given to the protocol by the loop: one datagram in an
 * iteration, in the transport's context.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import { schedule } from "../core/internal.ts";
import { plainAddress } from "./addresses.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { TransportCall } from "./transport_call.ts";

/** What a datagram that waits costs beside its bytes. */
export const OVERHEAD = 8;
/** So many bytes may wait for a loop that is busy before the host is asked to read no more. */
const ENOUGH = 256 * 1024;

/** A datagram that has come; an error of the host takes the place of its bytes. */
interface Received {
  readonly bytes: Uint8Array | Error;
  readonly address: SocketAddress | null;
}

/** What has come and was not given to the protocol yet. */
export class DatagramInbox {
  readonly #transport: DatagramSocket;
  readonly #queue: Received[] = [];
  readonly #event: TransportCall;
  #size = 0;
  /** The host was asked to wait because too much waits here. */
  #held = false;
  #started = false;
  #scheduled = false;

  constructor(transport: DatagramSocket) {
    this.#transport = transport;
    this.#event = new TransportCall(transport, "read event", () => this.#deliver());
  }

  /** Takes what the host tells. */
  receive(bytes: Uint8Array | Error, address: SocketAddress | null): void {
    // What became of a datagram that was sent is told up to the end.
    if (this.#transport.lost || (this.#transport.isClosing() && !(bytes instanceof Error))) return;
    this.#queue.push({ bytes, address });
    this.#size += sizeOf(bytes);
    if (this.#size > ENOUGH && !this.#held) {
      this.#held = true;
      this.#transport.host?.pauseReading();
    }
    this.#wake();
  }

  /** The protocol knows the socket: what has come can be given to it. */
  start(): void {
    this.#started = true;
    this.#wake();
  }

  #wake(): void {
    if (this.#scheduled || !this.#started || this.#queue.length === 0) return;
    this.#scheduled = true;
    schedule(this.#transport.loop, this.#event);
  }

  #deliver(): void {
    this.#scheduled = false;
    const transport = this.#transport;
    if (transport.lost) return;
    const { bytes, address } = this.#queue.shift() as Received;
    this.#size -= sizeOf(bytes);
    if (this.#held && this.#size <= ENOUGH / 4) {
      this.#held = false;
      transport.host?.resumeReading();
    }
    this.#wake();
    if (bytes instanceof Error) transport.protocol?.errorReceived(bytes);
    else if (!transport.isClosing()) {
      transport.protocol?.datagramReceived(bytes, plainAddress(address) as SocketAddress);
    }
  }
}

function sizeOf(bytes: Uint8Array | Error): number {
  return OVERHEAD + (bytes instanceof Error ? 0 : bytes.length);
}
