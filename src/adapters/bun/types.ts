/**
 * The parts of Bun's sockets that the adapter uses, said here because the module needs no package at run time and brings none for its
 * types.
 *
 * @module
 */

import type { NodeCertificate } from "../node/types.ts";

/** What an error of Bun's sockets has. */
export type BunError = Error & { readonly code?: string };

/** Who hears of what happens on a socket: whatever the socket has as its `data`. */
export interface SocketOwner {
  /** Bytes have come. */
  onData(bytes: Uint8Array): void;
  /** There may be room again. */
  onDrain(): void;
  /** The other side has ended. */
  onEnd(): void;
  /** The socket is gone. Bun tells this from inside of the calls that close it, too. */
  onClose(error: BunError | null | undefined): void;
  /** TLS broke, or a handler threw. */
  onError(error: BunError): void;
  /** The handshake of TLS is over; `error` is also set for what Bun did not mind. */
  onHandshake(success: boolean, error: BunError | null): void;
}

/** A socket of Bun. */
export interface BunSocket {
  data: SocketOwner;
  /** The number of its file. */
  readonly fd?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly alpnProtocol: string | false | null;
  /** Bytes that the system took; -1 once the socket is closed or this side ended. */
  write(bytes: Uint8Array): number;
  shutdown(): void;
  /** Ends both sides; over TLS it then waits for the other side's goodbye. */
  end(): void;
  /** The same without a goodbye. */
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(enabled: boolean): void;
  setKeepAlive(enabled: boolean): void;
  reload(options: { readonly socket: BunHandlers }): void;
  upgradeTLS(options: {
    readonly data: SocketOwner;
    readonly tls: BunTls;
    readonly socket: BunHandlers;
    readonly isServer?: boolean;
  }): [raw: BunSocket, tls: BunSocket];
  getTLSVersion(): string | null;
  getCipher(): { readonly name?: string } | undefined;
  getPeerCertificate(): NodeCertificate | null | undefined;
}

/** What Bun calls when something happens on a socket. */
export interface BunHandlers {
  readonly binaryType: "uint8array";
  readonly open?: (socket: BunSocket) => void;
  readonly data: (socket: BunSocket, bytes: Uint8Array) => void;
  readonly drain: (socket: BunSocket) => void;
  readonly end: (socket: BunSocket) => void;
  readonly close: (socket: BunSocket, error?: BunError | null) => void;
  readonly error: (socket: BunSocket, error: BunError) => void;
  readonly handshake: (socket: BunSocket, success: boolean, error: BunError | null) => void;
}

/** The options of TLS in Bun. */
export interface BunTls {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: readonly string[];
  readonly serverName?: string;
  /** Each name after its length in one byte, as TLS itself has it: quirk `alpn-form`. */
  readonly ALPNProtocols?: Uint8Array;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/** Where Bun listens. */
export type BunListenOptions =
  & { readonly allowHalfOpen: true; readonly socket: BunHandlers; readonly tls?: BunTls }
  & ({ readonly unix: string } | { readonly hostname: string; readonly port: number; readonly reusePort: boolean });

/** A listener of Bun. */
export interface BunListener {
  readonly hostname: string;
  readonly port: number;
  stop(): void;
}

/** A datagram socket of Bun. */
export interface BunUdpSocket {
  readonly address: { readonly address: string; readonly port: number };
  send(bytes: Uint8Array): boolean;
  send(bytes: Uint8Array, port: number, address: string): boolean;
  setBroadcast(enabled: boolean): void;
  close(): void;
}

/** What Bun needs for a datagram socket. */
export interface BunUdpOptions {
  readonly hostname: string;
  readonly port: number;
  readonly binaryType: "uint8array";
  readonly connect?: { readonly hostname: string; readonly port: number };
  readonly socket: {
    readonly data: (socket: BunUdpSocket, bytes: Uint8Array, port: number, address: string) => void;
    readonly drain: () => void;
    readonly error: (...args: unknown[]) => void;
  };
}

/** The part of the global `Bun` that the sockets use. */
interface BunGlobal {
  connect(
    options: {
      readonly fd: number;
      readonly allowHalfOpen: true;
      readonly data: SocketOwner;
      readonly socket: BunHandlers;
    },
  ): Promise<BunSocket>;
  listen(options: BunListenOptions): BunListener;
  udpSocket(options: BunUdpOptions): Promise<BunUdpSocket>;
}

/** The global `Bun`. Only read on Bun. */
export function bun(): BunGlobal {
  return (globalThis as unknown as { readonly Bun: BunGlobal }).Bun;
}
