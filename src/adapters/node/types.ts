/**
 * The parts of `node:http` that the adapter uses, said here because the module needs no package at run time and
 * brings none for its types.
 *
 * @module
 */

/** Anything that emits events. */
export interface Emitter {
  on(event: string, listener: (argument: never) => void): unknown;
  once(event: string, listener: (argument: never) => void): unknown;
  removeListener(event: string, listener: (argument: never) => void): unknown;
}

/** The socket of a connection. */
export interface Socket extends Emitter {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  destroy(): unknown;
}

/** A request as `node:http` gives it: a readable stream. */
export interface IncomingMessage extends Emitter {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly complete: boolean;
  readonly socket: Socket;
  pause(): unknown;
  resume(): unknown;
}

/** A response as `node:http` sends it: a writable stream. */
export interface ServerResponse extends Emitter {
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
}

/** A server of `node:http`. */
export interface NodeServer extends Emitter {
  address(): { readonly address: string; readonly port: number };
  listen(options: { readonly port: number; readonly host: string }, listening: () => void): unknown;
  close(closed: () => void): unknown;
  closeAllConnections(): void;
  closeIdleConnections(): void;
  unref(): unknown;
}

/** The module `node:http`. */
export interface NodeHttp {
  createServer(
    options: { readonly requestTimeout: number },
    onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  ): NodeServer;
}
