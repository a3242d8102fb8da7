/**
 * The part of the contract with a runtime that is about sockets.
 *
 * A host socket only moves bytes and reports what happened. Everything that has a rule (write buffering and water marks,
 * the order of callbacks, closing, aborting, deadlines) lives once, above, in `src/net`.
 *
 * Every error that comes out of here is an `OSError` (or a `TlsError`) with the system's code, and the host's own error as
 * its cause. Events never come from inside a call of the methods below, only later.
 *
 * @module
 */
import type { ClosingLoop } from "./descriptors.ts";
import type { DatagramEvents, DatagramOptions, HostDatagram } from "./host_datagram.ts";
import type { HostStream, SocketAddress, StreamAddresses } from "./host_stream.ts";
import type { TlsClientOptions, TlsServerOptions } from "./host_tls.ts";

export type { DatagramEvents, DatagramOptions, HostDatagram } from "./host_datagram.ts";
export type { HostStream, SocketAddress, StreamAddresses, StreamEvents } from "./host_stream.ts";
export type { PeerCertificate, TlsClientOptions, TlsIdentity, TlsInfo, TlsServerOptions } from "./host_tls.ts";

/**
 * What a runtime does with sockets. What it cannot do at all is absent.
 *
 * @category Sockets
 */
export interface NetAdapter {
  /** The files of its Unix sockets, where they are not those of the system. */
  readonly socketFiles?: UnixSocketFiles;
  /** Has what sockets share stay open, once it is, until the loop has closed. */
  keepFor?(loop: ClosingLoop): void;
  /** Connects by TCP. */
  connectTcp(options: TcpConnectOptions): Promise<HostStream>;
  /** Listens by TCP. */
  listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener>;
  /** Connects to a Unix domain socket; gives up when the signal aborts. */
  connectUnix?(path: string, signal: AbortSignal): Promise<HostStream>;
  /** Listens on a Unix domain socket. Removing the file, before and after, is not its business unless the runtime does it by itself. */
  listenUnix?(options: UnixListenOptions, events: ListenEvents): Promise<HostListener>;
  /**
   * Takes a started stream over, which may speak TLS itself, and speaks TLS on it as a client; resolves when the handshake is done, and rejects with a `TlsError` (the
   * stream is closed then). Events of the old stream end with the call; `pending` are bytes that were read of it already and belong to TLS,
   * in which the client has the first word: a client that has some is refused. Everything written before must have been taken.
   */
  upgradeTls(stream: HostStream, options: TlsClientOptions, pending: Uint8Array): Promise<HostStream>;
  /** The same as a server. */
  upgradeTlsServer?(stream: HostStream, options: TlsServerOptions, pending: Uint8Array): Promise<HostStream>;
  /**
   * Takes a connected stream socket over by its descriptor, which is the stream's from now on. `ends` are its addresses, where they are known
   * better than the system knows them.
   */
  adoptStream?(fd: number, ends: StreamAddresses | null): Promise<HostStream>;
  /** Listens by the descriptor of a socket that has its address already; it is the listener's from now on. */
  adoptListener?(options: AdoptedListenOptions, events: ListenEvents): Promise<HostListener>;
  /** Takes the descriptor of a pipe, a socket or a device over that is only read from, or only written to. */
  adoptPipe?(fd: number, direction: "read" | "write"): Promise<HostStream>;
  /** Opens a datagram socket. */
  openDatagram?(options: DatagramOptions, events: DatagramEvents): Promise<HostDatagram>;
  /** Looks a name up; rejects with code `ENOTFOUND` if it does not resolve, and with the signal's reason as soon as it aborts. */
  lookup(hostname: string, family: "ipv4" | "ipv6" | "any", signal: AbortSignal): Promise<LookupAnswer[]>;
  /** Looks up the name of an address and its port's service; rejects with the signal's reason as soon as it aborts. */
  reverseLookup?(address: string, port: number, signal: AbortSignal): Promise<{ hostname: string; service: string }>;
}

/**
 * A listening stream socket.
 *
 * @category Sockets
 */
export interface HostListener {
  /** Where it listens, with the port that was really taken. */
  readonly address: SocketAddress;
  /**
   * Stops listening, at once. Connections that were given out are not touched. Resolves when the address is free again; hosts that free it
   * at once give nothing.
   */
  close(): Promise<void> | void;
}

/**
 * The events of a listener.
 *
 * @category Sockets
 */
export interface ListenEvents {
  /** A connection has come (for TLS: and its handshake is done). */
  connection(stream: HostStream): void;
  /** A handshake of one client failed; others go on. */
  handshakeFailed(error: Error): void;
  /** Accepting failed, for want of descriptors or memory for example; the listener goes on by itself. */
  acceptFailed(error: Error): void;
}

/**
 * What connecting by TCP needs.
 *
 * @category Sockets
 */
export interface TcpConnectOptions {
  /** The address, never a name: look names up before. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** The local address to connect from. */
  readonly localAddress?: string | undefined;
  /** The local port to connect from. */
  readonly localPort?: number | undefined;
  /** Gives up when it aborts: nothing stays open, and the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * What listening by TCP needs.
 *
 * @category Sockets
 */
export interface TcpListenOptions {
  /** The address, never a name. */
  readonly address: string;
  /** The port; 0 for any. */
  readonly port: number;
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  /** Lets several sockets listen on the port. */
  readonly reusePort: boolean;
  /** TLS for every connection. */
  readonly tls?: TlsServerOptions | undefined;
}

/**
 * What listening on a Unix domain socket needs.
 *
 * @category Sockets
 */
export interface UnixListenOptions {
  /** The path that everybody knows it by. */
  readonly path: string;
  /** The path that its file is made under, if the caller will move it. By default `path`. */
  readonly bindTo?: string | undefined;
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  /** TLS for every connection. */
  readonly tls?: TlsServerOptions | undefined;
}

/**
 * What listening by a descriptor needs.
 *
 * @category Sockets
 */
export interface AdoptedListenOptions {
  /** The descriptor. */
  readonly fd: number;
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  /** TLS for every connection. */
  readonly tls?: TlsServerOptions | undefined;
}

/**
 * One answer of a name look-up.
 *
 * @category Sockets
 */
export interface LookupAnswer {
  /** Which family the address is of. */
  readonly family: "ipv4" | "ipv6";
  /** The address. */
  readonly address: string;
}

/**
 * What is done with the files of Unix sockets, in the words of `node:fs`.
 *
 * @category Sockets
 */
export interface UnixSocketFiles {
  /** What is under a path; undefined if there is nothing. */
  statSync(path: string, options: { throwIfNoEntry: false }): { readonly ino: number; isSocket(): boolean } | undefined;
  /** Removes a file. */
  unlinkSync(path: string): void;
  /** Gives a file a second name, under which nothing may be. */
  linkSync(path: string, newPath: string): void;
  /** Gives a file another name. */
  renameSync(path: string, newPath: string): void;
}
