/**
 * A listening socket of a simulated host.
 *
 * @module
 */
import type { HostListener, HostStream, ListenEvents, SocketAddress } from "../../adapters/net.ts";
import { socketError } from "../../adapters/shared/socket_errors.ts";
import type { Machine } from "./machine.ts";
import type { SimulatedStream } from "./stream.ts";

/** How a connection becomes what the listener gives out: by a handshake of TLS. */
export type Secure = (stream: SimulatedStream) => Promise<HostStream>;

/** What a listener is made with. */
export interface ListenerParts {
  readonly machine: Machine;
  readonly address: SocketAddress;
  readonly backlog: number;
  readonly reusePort: boolean;
  readonly events: ListenEvents;
  /** Null for connections in the clear. */
  readonly secure: Secure | null;
  /** Called once it is closed. */
  readonly closed: (listener: SimulatedListener) => void;
}

/** A {@linkcode HostListener} on a simulated network. */
export class SimulatedListener implements HostListener {
  readonly #parts: ListenerParts;
  /** Connections that nobody has taken, for want of a descriptor. */
  readonly #waiting: SimulatedStream[] = [];
  /** Handshakes that are going on. */
  readonly #securing = new Set<SimulatedStream>();
  #isFull = false;
  #isClosed = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  get address(): SocketAddress {
    return this.#parts.address;
  }

  get reusePort(): boolean {
    return this.#parts.reusePort;
  }

  /** Whether there is room for one more that waits. */
  get hasRoom(): boolean {
    return this.#waiting.length <= this.#parts.backlog;
  }

  /** Somebody has connected. */
  accept(stream: SimulatedStream): void {
    if (this.#isClosed) return stream.abort();
    this.#waiting.push(stream);
    this.acceptMore();
  }

  /** There may be a descriptor again. */
  acceptMore(): void {
    const { machine, events, secure } = this.#parts;
    while (this.#waiting.length > 0 && !this.#isClosed) {
      if (!machine.hasDescriptor) return this.#full();
      this.#isFull = false;
      const stream = this.#waiting.shift() as SimulatedStream;
      machine.took(stream);
      if (secure === null) events.connection(stream);
      else void this.#secure(stream, secure);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#waiting.splice(0)) stream.abort();
    for (const stream of this.#securing) stream.abort();
    this.#parts.closed(this);
  }

  /** Its host is gone. */
  vanish(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  async #secure(stream: SimulatedStream, secure: Secure): Promise<void> {
    const { events } = this.#parts;
    this.#securing.add(stream);
    try {
      const secured = await secure(stream);
      if (this.#isClosed) secured.abort();
      else events.connection(secured);
    } catch (error) {
      if (!this.#isClosed) events.handshakeFailed(error as Error);
    } finally {
      this.#securing.delete(stream);
    }
  }

  #full(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const cause = Object.assign(new Error("too many open files (simulated)"), { code: "EMFILE" });
    this.#parts.events.acceptFailed(socketError("Cannot accept another connection", "EMFILE", cause));
  }
}
