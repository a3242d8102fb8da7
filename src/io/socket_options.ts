/**
 * The options of everything that opens a socket.
 *
 * @module
 */
import type { FileDescriptor } from "../adapters/descriptors.ts";
import type { TlsIdentity } from "../adapters/net.ts";

/**
 * What TLS is told, on either side: what asyncio puts into an SSLContext. Keys and certificates are texts in PEM. A client needs none of
 * it: `ssl: true` checks the server's certificate and name against the authorities that the system trusts.
 *
 * @example A server and a client that trusts it
 * ```ts
 * import type { TlsOptions } from "@loop/asyncio";
 *
 * const certificate = "-----BEGIN CERTIFICATE-----\n…";
 * const server: TlsOptions = { cert: certificate, key: "-----BEGIN PRIVATE KEY-----\n…", alpnProtocols: ["echo/1"] };
 * const client: TlsOptions = { ca: certificate, alpnProtocols: ["echo/1"] };
 * console.log(server.alpnProtocols, client.alpnProtocols);
 * ```
 *
 * @category Transports and protocols
 */
export interface TlsOptions {
  /** The own certificate, followed by those of its issuers. A server must have one; a client may. */
  readonly cert?: string | undefined;
  /** The private key of the certificate. */
  readonly key?: string | undefined;
  /**
   * Authorities to trust. For a client in place of those of the system; for a server, with `requestCert`, those whose clients are let in.
   */
  readonly ca?: string | readonly string[] | undefined;
  /** The protocols that can be spoken, by ALPN, the preferred one first. `getExtraInfo("alpnProtocol")` says which was agreed on. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Client: false trusts any certificate, which is for tests. True by default. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Client: false accepts a certificate that was made for another name. True by default. */
  readonly checkHostname?: boolean | undefined;
  /** Server: asks clients for a certificate that one of `ca` has signed, and refuses those without. False by default. */
  readonly requestCert?: boolean | undefined;
  /**
   * Server: other certificates with their keys, by the name that the client asks for. On Bun a {@linkcode NotSupportedError} for a connection
   * that has begun in the clear and goes on with `startTls()`.
   */
  readonly identities?: Readonly<Record<string, TlsIdentity>> | undefined;
}

/**
 * A family of Internet addresses.
 *
 * @category Transports and protocols
 */
export type AddressFamily = "ipv4" | "ipv6";

/**
 * Deadlines of TLS. They are refused where there is no TLS.
 *
 * @category Transports and protocols
 */
export interface TlsTimeouts {
  /** Milliseconds for the handshake; 60,000 by default. */
  readonly sslHandshakeTimeout?: number | undefined;
  /**
   * Milliseconds from `close()` on for the other side to read what is left to send, and to say goodbye; 30,000 by default. After them
   * the connection is lost by a `TimeoutError`.
   */
  readonly sslShutdownTimeout?: number | undefined;
}

/**
 * The options of `loop.createUnixConnection()`.
 *
 * @category Transports and protocols
 */
export interface CreateUnixConnectionOptions extends TlsTimeouts {
  /** Speaks TLS: true for the system's authorities, or what to trust and who we are. */
  readonly ssl?: TlsOptions | true | undefined;
  /** The name that the server's certificate must have; by default the host. A Unix socket has no host, so TLS needs it there. */
  readonly serverHostname?: string | undefined;
}

/**
 * The options of `loop.createConnection()`.
 *
 * @category Transports and protocols
 */
export interface CreateConnectionOptions extends CreateUnixConnectionOptions {
  /** Only addresses of this family; by default both. */
  readonly family?: AddressFamily | undefined;
  /** Where to connect from: a host and a port, 0 for any port. */
  readonly localAddr?: readonly [host: string, port: number] | undefined;
  /**
   * Milliseconds after which the next address is tried beside the one that has not answered ("happy eyeballs"); 250 is recommended.
   * 0 tries all of them at once. By default each is tried after the one before has failed.
   */
  readonly happyEyeballsDelay?: number | undefined;
  /**
   * Sorts the addresses so that the families take turns, after so many of the first one. 0, the default, keeps them as they were
   * resolved; 1 with `happyEyeballsDelay`.
   */
  readonly interleave?: number | undefined;
  /** Throws every error in an {@linkcode ExceptionGroup}, in place of one error, if no address can be reached. False by default. */
  readonly allErrors?: boolean | undefined;
}

/**
 * What servers of every kind take.
 *
 * @category Transports and protocols
 */
export interface ServerOptions extends TlsTimeouts {
  /** Speaks TLS, with this certificate. */
  readonly ssl?: TlsOptions | undefined;
  /**
   * How many connections may wait to be accepted; 100 by default. On Bun, and on Deno for Unix sockets without TLS, the runtime has a
   * number of its own.
   */
  readonly backlog?: number | undefined;
  /** Takes connections at once; true by default. If false, those that come wait for `server.startServing()`. */
  readonly startServing?: boolean | undefined;
}

/**
 * The options of `loop.createServer()`.
 *
 * @category Transports and protocols
 */
export interface CreateServerOptions extends ServerOptions {
  /** Only addresses of this family; by default both. */
  readonly family?: AddressFamily | undefined;
  /** Lets other sockets listen on the port as well. False by default. */
  readonly reusePort?: boolean | undefined;
  /** Has the system probe connections that say nothing. False by default. */
  readonly keepAlive?: boolean | undefined;
  /**
   * Listens by the descriptor of a socket that has its address already, such as one that was inherited from systemd. The host is null then, and the
   * port 0. The descriptor is the server's from now on.
   */
  readonly fd?: FileDescriptor | undefined;
}

/**
 * The options of `loop.connectAcceptedSocket()`.
 *
 * @category Transports and protocols
 */
export interface ConnectAcceptedSocketOptions extends TlsTimeouts {
  /** Speaks TLS as the server, with this certificate. */
  readonly ssl?: TlsOptions | undefined;
}

/**
 * The options of `loop.createUnixServer()`.
 *
 * @category Transports and protocols
 */
export interface CreateUnixServerOptions extends ServerOptions {
  /**
   * Removes the socket's file when the server closes, unless another socket has taken its place. True by default. The runtimes remove a
   * file with a path of more than 103 bytes, or for which alone Deno has the permission, in any case.
   */
  readonly cleanupSocket?: boolean | undefined;
}

/**
 * The options of `loop.createDatagramEndpoint()`. At least one address, or the family, has to be given.
 *
 * @category Transports and protocols
 */
export interface CreateDatagramEndpointOptions {
  /** Where to listen: a host and a port (0 for any), or the path of a Unix socket. */
  readonly localAddr?: readonly [host: string, port: number] | string | undefined;
  /** The one peer: its host and port, or its path. */
  readonly remoteAddr?: readonly [host: string, port: number] | string | undefined;
  /** Only addresses of this family; by default that of the addresses. */
  readonly family?: AddressFamily | "unix" | undefined;
  /** Lets other sockets use the port as well. False by default. */
  readonly reusePort?: boolean | undefined;
  /** Allows sending to broadcast addresses. False by default. */
  readonly allowBroadcast?: boolean | undefined;
}

/**
 * The options of `loop.startTls()`.
 *
 * @category Transports and protocols
 */
export interface StartTlsOptions extends TlsTimeouts {
  /** Whether this side is the server. False by default. */
  readonly serverSide?: boolean | undefined;
  /** The name that the server's certificate must have. A client needs it. */
  readonly serverHostname?: string | undefined;
}

/**
 * Something that can be read piece by piece, such as `Deno.FsFile` or a file handle of Node's.
 *
 * @category Transports and protocols
 */
export interface ReadableFile {
  /** Reads into the array; returns how many bytes that were, null or 0 at the end. */
  read(buffer: Uint8Array): Promise<number | null | { readonly bytesRead: number }>;
  /** Goes on by so many bytes; `whence` is 1. Without it what is to be left out is read and dropped. */
  seek?(offset: number, whence: number): Promise<unknown>;
}

/**
 * What `loop.sendfile()` sends: a path, a URL of a file, an open file that is read from where it stands, or a stream of bytes.
 *
 * @category Transports and protocols
 */
export type FileSource = string | URL | ReadableFile | ReadableStream<Uint8Array>;

/**
 * The options of `loop.sendfile()`.
 *
 * @category Transports and protocols
 */
export interface SendfileOptions {
  /** Bytes to leave out at the start, which are not read where that can be avoided; 0 by default. */
  readonly offset?: number | undefined;
  /** The most bytes to send; by default everything up to the end. */
  readonly count?: number | undefined;
  /** Allows reading and writing in pieces, where the system cannot send the file by itself; true by default. */
  readonly fallback?: boolean | undefined;
}

/**
 * The options of `loop.getaddrinfo()`.
 *
 * @category Transports and protocols
 */
export interface GetaddrinfoOptions {
  /** Only addresses of this family; by default both. */
  readonly family?: AddressFamily | undefined;
}

/**
 * What all streams take.
 *
 * @category Transports and protocols
 */
export interface StreamLimit {
  /** How many bytes a separator may be away, and half of what waits in memory unread; 65,536 by default. */
  readonly limit?: number | undefined;
}

/**
 * The options of {@linkcode openConnection}.
 *
 * @category Transports and protocols
 */
export interface OpenConnectionOptions extends CreateConnectionOptions, StreamLimit {}
/**
 * The options of {@linkcode startServer}.
 *
 * @category Transports and protocols
 */
export interface StartServerOptions extends CreateServerOptions, StreamLimit {}
/**
 * The options of {@linkcode openUnixConnection}.
 *
 * @category Transports and protocols
 */
export interface OpenUnixConnectionOptions extends CreateUnixConnectionOptions, StreamLimit {}
/**
 * The options of {@linkcode startUnixServer}.
 *
 * @category Transports and protocols
 */
export interface StartUnixServerOptions extends CreateUnixServerOptions, StreamLimit {}
