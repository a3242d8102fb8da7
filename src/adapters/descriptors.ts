/**
 * The part of the contract with a runtime that is about descriptors of the system. Few adapters have it: runtimes watch nothing but sockets of
 * their own.
 *
 * @module
 */

import type { SocketAddress } from "./net.ts";

/**
 * A descriptor of the system: its number, or an object that has one as `fd`, such as a socket of `./selector` or a file handle of Node's.
 *
 * @category Transports and protocols
 */
export type FileDescriptor = number | {
  /** The number. */
  readonly fd: number;
};

/**
 * A socket that is used by hand, with the methods of the loop whose names begin with `sock`. `Socket` of `./selector` is one. What its own
 * methods cannot do at once they do not wait for, and return null.
 *
 * @category Transports and protocols
 */
export interface RawSocket {
  /** Its descriptor; −1 once it is closed. */
  readonly fd: number;
  /** What its addresses are. */
  readonly family: "ipv4" | "ipv6" | "unix";
  /** Receives into memory; returns how many bytes, 0 at the end of a stream, or null if nothing is there now. */
  recvInto(memory: Uint8Array): number | null;
  /** Receives a datagram into memory; returns how many bytes, and from where, or null if none is there now. */
  recvfromInto(memory: Uint8Array): [length: number, address: SocketAddress | null] | null;
  /** Sends bytes; returns how many the system has taken, or null if it takes none now. */
  send(bytes: Uint8Array): number | null;
  /** Sends a datagram; returns how many bytes, or null if there is no room now. */
  sendto(bytes: Uint8Array, address: SocketAddress): number | null;
  /** Begins to connect; returns whether that is done at once. Otherwise the socket becomes writable when it is over. */
  connect(address: SocketAddress): boolean;
  /** Ends what {@linkcode RawSocket.connect} began; throws if it has failed. */
  finishConnecting(address: SocketAddress): void;
  /** Accepts a connection; null if nobody waits for that. */
  accept(): [socket: RawSocket, address: SocketAddress | null] | null;
}

/**
 * Sockets that are used by hand, and who closes them.
 *
 * @category Sockets
 */
export interface OpenSockets {
  /** How many were made so far. */
  readonly made: number;
  /** Returns those that are open, in words, without the first so many that were made. */
  open(after: number): string[];
  /** Called with the text of each socket that was collected before it was closed; it has been closed then. Null outside debug mode. */
  unclosed: ((socket: string) => void) | null;
}

/**
 * A loop, as far as an adapter has to know when it closes.
 *
 * @category Sockets
 */
export interface ClosingLoop {
  /** Called when it closes. */
  readonly onClose: Set<() => void>;
  /** Whether it has. */
  isClosed(): boolean;
}

/**
 * A transport, as far as an adapter has to know when somebody else asks for its descriptor.
 *
 * @category Sockets
 */
export interface OwnedStream {
  /** The `HostStream` that it has. */
  readonly host?: object | null;
  /** Whether it was not closed. */
  isOpen(): boolean;
}

/**
 * What an adapter does with descriptors of others.
 *
 * @category Sockets
 */
export interface DescriptorsAdapter {
  /**
   * Calls back whenever a descriptor can be read from or written to, again and again for as long as it can, in place of what was called before.
   * `owner` is whoever may end that.
   *
   * @throws {OSError} if it is closed (`EBADF`), or nothing that can be waited for (`EPERM`), such as a regular file
   * @throws {RuntimeError} if it belongs to a connection or a listener, or in this direction to another owner
   */
  watch(owner: object, fd: number, direction: "read" | "write", ready: () => void): void;
  /** Ends that; returns whether it was so. */
  unwatch(owner: object, fd: number, direction: "read" | "write"): boolean;
  /**
   * Looks whether a descriptor, of which `where()` is called, belongs to a connection or a listener, which alone may watch it. `open` are the loop's.
   *
   * @throws {RuntimeError} if it does, and that is not closing
   */
  checkOwner?(fd: number, where: string, open: Iterable<OwnedStream>): void;
  /** Has what is shared by all of this stay open, once it is, until the loop has closed. */
  keepFor?(loop: ClosingLoop): void;
  /** The sockets of this thread that are used by hand, for debug mode. */
  readonly sockets?: OpenSockets;
}
