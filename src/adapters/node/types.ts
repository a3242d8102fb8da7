/**
 * The parts of Node's modules that the adapter uses, said here because the module needs no package at run time and
 * brings none for its types.
 *
 * @module
 */

/** Anything that emits events. */
export interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
}

/** The socket of a connection to a server of `node:http`. */
export interface HttpSocket extends Emitter {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly destroyed: boolean;
  readonly readableEnded: boolean;
  readonly writable: boolean;
  readonly writableFinished: boolean;
  readonly writableLength: number;
  /** What Node reads by. Not documented. */
  readonly parser?: { resume(): void } | null;
  write(data: Uint8Array): boolean;
  write(data: string, encoding?: "latin1"): boolean;
  cork(): void;
  uncork(): void;
  end(): unknown;
  destroy(): unknown;
  destroySoon(): void;
  pause(): unknown;
  resume(): unknown;
  setTimeout(milliseconds: number): unknown;
}

/** A request as `node:http` gives it: a readable stream. */
export interface IncomingMessage extends Emitter {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly complete: boolean;
  readonly socket: HttpSocket;
  pause(): unknown;
  resume(): unknown;
}

/** A response as `node:http` sends it: a writable stream. */
export interface ServerResponse extends Emitter {
  /** What it is sent by; null while another is sent before it, and when it has ended. */
  readonly socket: HttpSocket | null;
  readonly destroyed: boolean;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  writeHead(status: number, headers: string[]): unknown;
  writeHead(status: number, statusText: string, headers: string[]): unknown;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array): unknown;
  destroy(): unknown;
  emit(event: "close" | "drain"): unknown;
  removeAllListeners(event: "finish"): unknown;
  assignSocket(socket: HttpSocket): void;
  detachSocket(socket: HttpSocket): void;
}

/** A server of `node:http`. */
export interface NodeServer extends Emitter {
  address(): { readonly address: string; readonly port: number } | string;
  listen(
    options: { readonly port: number; readonly host: string; readonly reusePort?: boolean } | { readonly path: string },
    listening: () => void,
  ): unknown;
  close(closed: () => void): unknown;
  closeIdleConnections: () => void;
  unref(): unknown;
  /** Those beyond are closed at once. */
  maxConnections?: number;
}

/** How long a client of a server of `node:http` may take; all in milliseconds, 0 for no limit. */
export interface NodeHttpLimits {
  /** For a whole request. */
  readonly requestTimeout: number;
  /** For its head. */
  readonly headersTimeout: number;
  /** How often that is looked at. */
  readonly connectionsCheckingInterval: number;
  /** For the next request, as the header says it. */
  readonly keepAliveTimeout: number;
  /** What it has beyond that. */
  readonly keepAliveTimeoutBuffer: number;
  /** For a TLS handshake. */
  readonly handshakeTimeout: number;
}

/** How a server of `node:http` or `node:https` is made. */
export interface NodeHttpOptions extends NodeHttpLimits {
  /** Which requests are events `"upgrade"`; before Node 24.9 all are that ask for another protocol. */
  readonly shouldUpgradeCallback?: (incoming: IncomingMessage) => boolean;
  readonly cert?: string;
  readonly key?: string;
}

/** The module `node:http`, or `node:https`. */
export interface NodeHttp {
  createServer(
    options: NodeHttpOptions,
    onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  ): NodeServer;
  /** Only in `node:http`. */
  readonly ServerResponse: new (incoming: IncomingMessage) => ServerResponse;
}

/** A stream of bytes in both directions: a socket, or anything that behaves like one. */
export interface Duplex extends Emitter {
  allowHalfOpen: boolean;
  readonly destroyed: boolean;
  readonly readableEnded: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly writableLength: number;
  write(chunk: Uint8Array, written: (error?: unknown) => void): boolean;
  end(): unknown;
  destroy(error?: unknown): unknown;
  pause(): unknown;
  resume(): unknown;
  unshift(chunk: Uint8Array): void;
  /** What stops and starts the reading of a stream that was made here. */
  readonly gate?: Gate;
}

/** What stops and starts the reading of a stream below TLS. */
export interface Gate {
  /** Stops reading. */
  readStop(): void;
  /** Reads on. */
  readStart(): void;
}

/** A socket of `node:net`. */
export interface NetSocket extends Duplex {
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  resetAndDestroy(): unknown;
  setNoDelay(enabled: boolean): unknown;
  setKeepAlive(enabled: boolean): unknown;
}

/** A certificate as `node:tls` describes it. */
export interface NodeCertificate {
  readonly subject?: { readonly CN?: string };
  readonly issuer?: { readonly CN?: string };
  readonly subjectaltname?: string;
  readonly raw?: Uint8Array;
}

/** A socket of `node:tls`. */
export interface TlsSocket extends Duplex {
  readonly alpnProtocol: string | false | null;
  /** Server: what is wrong with the client's certificate. */
  readonly authorizationError?: string | null;
  getProtocol(): string | null;
  getCipher(): { readonly name?: string } | undefined;
  getPeerCertificate(): NodeCertificate | null | undefined;
}

/** A server of `node:net` or `node:tls`. */
export interface NetServer extends Emitter {
  address(): { readonly address: string; readonly port: number } | string | null;
  listen(options: NetListenOptions, listening: () => void): unknown;
  close(): unknown;
  emit(event: "connection", stream: Duplex): boolean;
}

/** Where a server of `node:net` listens. */
export interface NetListenOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly fd?: number;
  readonly backlog: number;
  readonly reusePort?: boolean;
}

/** The module `node:net`. */
export interface NodeNet {
  connect(options: {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly localAddress?: string;
    readonly localPort?: number;
    readonly allowHalfOpen: true;
  }): NetSocket;
  createServer(
    options: { readonly allowHalfOpen: boolean; readonly noDelay: boolean },
    connection: (socket: NetSocket) => void,
  ): NetServer;
  isIP(text: string): number;
  readonly Socket: new (
    options: {
      readonly fd: number;
      readonly allowHalfOpen: true;
      readonly readable: boolean;
      readonly writable: boolean;
    },
  ) => NetSocket;
}

/** Certificates and a key that were read once. */
export type SecureContext = unknown;

/** What `node:tls` makes a {@linkcode SecureContext} of. */
export interface ContextOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: readonly string[];
}

/** The module `node:tls`. */
export interface NodeTls {
  readonly rootCertificates: readonly string[];
  getCACertificates?(type: "default"): readonly string[];
  createSecureContext(options: ContextOptions): SecureContext;
  checkServerIdentity(hostname: string, certificate: NodeCertificate): Error | undefined;
  connect(
    options: ContextOptions & {
      readonly socket: Duplex;
      readonly servername: string;
      readonly rejectUnauthorized: boolean;
      readonly checkServerIdentity: (hostname: string, certificate: NodeCertificate) => Error | undefined;
      readonly ALPNProtocols?: readonly string[];
    },
  ): TlsSocket;
  createServer(
    options: ContextOptions & {
      readonly handshakeTimeout: number;
      readonly requestCert: boolean;
      readonly rejectUnauthorized: boolean;
      readonly ALPNProtocols?: readonly string[];
      readonly SNICallback?: (name: string, answer: (error: null, context: SecureContext | null) => void) => void;
    },
  ): NetServer;
}

/** A socket of `node:dgram`. */
export interface DgramSocket extends Emitter {
  address(): { readonly address: string; readonly port: number };
  remoteAddress(): { readonly address: string; readonly port: number };
  bind(options: { readonly address?: string; readonly port: number }, bound: () => void): unknown;
  connect(port: number, address: string, connected: (error?: unknown) => void): unknown;
  send(bytes: Uint8Array, sent: (error: unknown) => void): void;
  send(bytes: Uint8Array, port: number, address: string, sent: (error: unknown) => void): void;
  setBroadcast(enabled: boolean): void;
  close(closed?: () => void): unknown;
}

/** The module `node:dgram`. */
export interface NodeDgram {
  createSocket(
    options: { readonly type: "udp4" | "udp6"; readonly reusePort: boolean; readonly reuseAddr?: boolean },
  ): DgramSocket;
}

/** The module `node:dns/promises`. */
export interface NodeDns {
  lookup(
    hostname: string,
    options: { readonly all: true; readonly family: 0 | 4 | 6; readonly order: "verbatim" },
  ): Promise<{ readonly address: string; readonly family: number }[]>;
  lookupService(address: string, port: number): Promise<{ hostname: string; service: string }>;
}
