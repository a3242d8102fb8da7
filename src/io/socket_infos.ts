/**
 * What is known of sockets: addresses, TLS sessions, water marks.
 *
 * @module
 */
import type { PeerCertificate, SocketAddress, TlsInfo } from "../adapters/net.ts";
import type { AddressFamily } from "./socket_options.ts";

/**
 * What {@linkcode Transport.getExtraInfo} knows, by name.
 *
 * @category Transports and protocols
 */
export interface TransportInfo {
  /** The other end's address. */
  readonly peername: SocketAddress;
  /** This end's address. */
  readonly sockname: SocketAddress;
  /** Everything that is known of the TLS session. */
  readonly sslObject: TlsInfo;
  /** The other side's certificate. */
  readonly peercert: PeerCertificate;
  /** The cipher's name. */
  readonly cipher: string;
  /** The version of TLS, such as `"TLSv1.3"`. */
  readonly tlsVersion: string;
  /** The protocol that was agreed on by ALPN. */
  readonly alpnProtocol: string;
}

/**
 * An address that `loop.getaddrinfo()` found.
 *
 * @category Transports and protocols
 */
export interface AddressInfo {
  /** Its family. */
  readonly family: AddressFamily;
  /** The address. */
  readonly address: string;
  /** The port that was asked for. */
  readonly port: number;
}

/**
 * An address to send a datagram to: one that was received, `[address, port]`, or the path of a Unix socket.
 *
 * @category Transports and protocols
 */
export type DatagramAddress = SocketAddress | readonly [address: string, port: number] | string;

/**
 * A socket that listens.
 *
 * @category Transports and protocols
 */
export interface ListeningSocket {
  /** Where it listens, with the port that was really taken. */
  getsockname(): SocketAddress;
}

/**
 * The water marks of a write buffer, in bytes.
 *
 * @category Transports and protocols
 */
export interface WriteBufferLimits {
  /** Above this the protocol is told to pause, with TLS at it. 64 KiB by default, 512 KiB for TLS. */
  readonly high?: number | undefined;
  /** At this and below it is told to write on. A quarter of `high` by default. */
  readonly low?: number | undefined;
}
