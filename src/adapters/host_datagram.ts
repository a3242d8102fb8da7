/**
 * What a datagram socket of a runtime is to the transports above.
 *
 * @module
 */
import type { SocketAddress } from "./host_stream.ts";

/**
 * What a datagram socket needs.
 *
 * @category Sockets
 */
export interface DatagramOptions {
  /** Where to bind; null lets the system choose. */
  readonly local: SocketAddress | null;
  /** Whom to connect to; null for anybody. */
  readonly remote: SocketAddress | null;
  /** The family when neither address tells it. */
  readonly family: "ipv4" | "ipv6" | "unix";
  /** Lets several sockets bind the port. */
  readonly reusePort: boolean;
  /** Allows sending to broadcast addresses. */
  readonly broadcast: boolean;
}

/**
 * The events of a datagram socket.
 *
 * @category Sockets
 */
export interface DatagramEvents {
  /** One has come. */
  datagram(bytes: Uint8Array, address: SocketAddress): void;
  /** Sending or receiving failed; the socket goes on. Told once for each datagram, also while the socket closes. */
  error(error: Error): void;
  /** There is room again. */
  drain(): void;
  /** The socket is gone. */
  closed(error: Error | null): void;
}

/**
 * A datagram socket.
 *
 * @category Sockets
 */
export interface HostDatagram {
  /** This end. */
  readonly localAddress: SocketAddress | null;
  /** The only other end, of a connected socket. */
  readonly remoteAddress: SocketAddress | null;
  /** Sends one; false if the system has no room now: `drain` will tell, and the datagram is to be offered again. */
  send(bytes: Uint8Array, address: SocketAddress | null): boolean;
  /** Stops reading. */
  pauseReading(): void;
  /** Continues reading. */
  resumeReading(): void;
  /** Sends what was taken and closes; `closed` follows, when the address is free. */
  close(): void;
  /** Closes at once: what was taken and is not sent yet may be dropped. `closed` follows. */
  abort(): void;
}
