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
 * A certificate of the other side, as far as the runtime tells.
 *
 * @category Transports and protocols
 */
export interface PeerCertificate {
  /** The subject's common name. */
  readonly subject?: string;
  /** The issuer's common name. */
  readonly issuer?: string;
  /** The names and addresses that it is valid for; an empty list if it has none. */
  readonly subjectAltNames?: readonly string[];
  /** The certificate itself, DER encoded. */
  readonly raw?: Uint8Array;
}

/**
 * What is known of a TLS session after its handshake. What a runtime does not tell is left out.
 *
 * @category Transports and protocols
 */
export interface TlsInfo {
  /** The protocol that was agreed on by ALPN, or null. */
  readonly alpnProtocol: string | null;
  /** Such as `"TLSv1.3"`. */
  readonly version?: string;
  /** The cipher's name. */
  readonly cipher?: string;
  /** The other side's certificate. */
  readonly peerCertificate?: PeerCertificate;
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
   * Sends a part of an open file, of which nothing passes through here. Returns how many bytes the system has taken at once; 0 at the end of the file;
   * −1 if it takes none now, and `drain` will tell, or `closed`. Called when everything written was taken.
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
 * A key with its certificate chain, both in PEM.
 *
 * @category Sockets
 */
export interface TlsIdentity {
  /** The certificate, then its issuers. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/**
 * TLS as a client.
 *
 * @category Sockets
 */
export interface TlsClientOptions {
  /** The name to ask for (SNI) and to check the certificate against. */
  readonly serverName: string;
  /** Certificates in PEM to trust in place of the system's, as everywhere. */
  readonly ca?: readonly string[] | undefined;
  /** False trusts anybody. True by default. */
  readonly verify?: boolean | undefined;
  /** False accepts a certificate of another name. True by default. */
  readonly checkHostname?: boolean | undefined;
  /** Protocols to offer by ALPN, the preferred one first. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Who we are, if the server wants to know. */
  readonly identity?: TlsIdentity | undefined;
}

/**
 * TLS as a server.
 *
 * @category Sockets
 */
export interface TlsServerOptions extends TlsIdentity {
  /** Protocols to accept by ALPN, the preferred one first. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Asks clients for a certificate signed by one of these; where the runtime can. */
  readonly clientCa?: readonly string[] | undefined;
  /** Other identities, by the name that the client asks for; where the runtime can. */
  readonly identities?: Readonly<Record<string, TlsIdentity>> | undefined;
  /** Milliseconds that a client gets for its handshake; 60,000 by default. */
  readonly handshakeTimeout?: number | undefined;
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

/**
 * What a runtime does with sockets. What it cannot do at all is absent.
 *
 * @category Sockets
 */
export interface NetAdapter {
  /** The files of its Unix sockets, where they are not those of the system. */
  readonly socketFiles?: UnixSocketFiles;
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
