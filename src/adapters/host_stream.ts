/**
 * What a stream socket of a runtime is to the transports above: it moves bytes and tells what happened. Its events never come from inside a call
 * of its methods, only later.
 *
 * @module
 */
import type { TlsInfo } from "./host_tls.ts";

/**
 * An address of a socket.
 *
 * @category Transports and protocols
 */
export type SocketAddress =
  | {
    /** An Internet address. */
    readonly family: "ipv4" | "ipv6";
    /** The address, never a name. */
    readonly address: string;
    /** The port. */
    readonly port: number;
  }
  | {
    /** A Unix domain socket. */
    readonly family: "unix";
    /** The path; a leading NUL for an abstract one; empty for the unnamed end of a connection. */
    readonly path: string;
  };

/**
 * The two ends of a connection.
 *
 * @category Sockets
 */
export interface StreamAddresses {
  /** This end. */
  readonly localAddress: SocketAddress | null;
  /** The other end. */
  readonly remoteAddress: SocketAddress | null;
}

/**
 * The events of a host stream, each in a task of the host, never inside a call to it.
 *
 * @category Sockets
 */
export interface StreamEvents {
  /** Bytes have come, at least one; the host never uses the array again. While reading is paused it is called only for a read that was under way. */
  data(bytes: Uint8Array): void;
  /**
   * The same with memory of the host: it changes only after {@linkcode HostStream.giveBack} was called, and nothing is read before that. With
   * `mayKeep` the receiver may also keep it for good. Without this method, a host that has such memory calls `data`.
   */
  lend?(bytes: Uint8Array, mayKeep: boolean): void;
  /**
   * There may be something to read, and the host offers to read it into memory of the receiver's choice. If this returns true,
   * {@linkcode HostStream.readInto} is called in due course, and the host reads nothing before; otherwise it reads as ever. Called by hosts that
   * have `readInto` alone.
   */
  readable?(): boolean;
  /** The read that {@linkcode HostStream.readInto} began has put so many bytes, at least one, where it was told to. */
  filled?(length: number): void;
  /** The other side will send no more. Like `data` it is not called while reading is paused. */
  end(): void;
  /**
   * The system can take more. `taken` is how many bytes it has now of what the last `write` could not take at once; it may be 0, and the
   * event may come when nothing has changed.
   */
  drain(taken: number): void;
  /** The socket is closed and no event follows. Null if it was closed or aborted here, or after both sides had ended; a `TlsError` if TLS broke. */
  closed(error: Error | null): void;
}

/**
 * A connected stream socket.
 *
 * @category Sockets
 */
export interface HostStream extends StreamAddresses {
  /** The TLS session, for a stream that has one. */
  readonly tls: TlsInfo | null;
  /** True if the host calls `data` in a macrotask for each socket, so that microtasks that follow do not starve other sockets. */
  readonly tellsInTasks?: boolean;
  /** Begins to call the events. Called once, right after the stream was made; reading is not paused. */
  start(events: StreamEvents): void;
  /** Stops reading; what the other side sends is kept by the system. */
  pauseReading(): void;
  /** Continues reading. */
  resumeReading(): void;
  /**
   * Says that the bytes of `lend` were copied, and their memory can be used again, or that they are kept, and the host must never use it again.
   * The host continues reading unless that is paused. Absent on hosts that never lend.
   */
  giveBack?(kept: boolean): void;
  /**
   * Reads into this memory, of at least one byte: after `readable` has returned true, or after `filled`. Returns how many bytes were read at once; 0
   * if there is nothing now, and `readable` will be called again; −1 if the read is under way, and `filled` will be called, until which the
   * memory is the host's. While reading is paused it is not called.
   */
  readInto?(memory: Uint8Array): number;
  /**
   * Sends bytes; returns how many were taken at once. If not all, the caller keeps the array unchanged and calls `write` no more until
   * `drain` was called; it then offers the rest.
   */
  write(bytes: Uint8Array): number;
  /**
   * Sends several arrays one after the other by a single call of the system; returns how many bytes of all of them were taken at once. Otherwise it is as
   * `write` is: if not all were taken, what is left is offered after `drain`. The list itself is the caller's when it returns.
   */
  writeList?(list: readonly Uint8Array[]): number;
  /**
   * Sends a part of an open file, of which nothing passes through here. Returns how many bytes the system has taken at once; 0 at the end of the file;
   * −1 if it takes none now, and `drain` will tell, or `closed`. Called when everything written was taken.
   *
   * @throws {OSError} if the system cannot send this file by itself. Nothing was sent, and the connection is as before
   */
  sendFile?(file: number, offset: number, count: number): number;
  /** Ends this side, over TLS by its closing alert; the other side may go on sending. Called when everything written was taken. */
  endWriting(): void;
  /** Closes in order: what was taken is delivered. `closed(null)` follows. */
  close(): void;
  /**
   * Closes at once; what was not delivered is dropped. `closed(null)` follows. The other side sees a reset where the runtime can send one, and
   * an end otherwise. During an upgrade it cancels the handshake.
   */
  abort(): void;
  /** Switches Nagle's algorithm off, so that small writes leave at once. On by default for TCP. */
  setNoDelay(enabled: boolean): void;
  /** Switches the system's keep-alive probes. */
  setKeepAlive(enabled: boolean): void;
}
