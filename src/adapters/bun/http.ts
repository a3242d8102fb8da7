/**
 * HTTP on Bun, by `Bun.serve`.
 *
 * @module
 */

import type { HttpAddress, HttpEnd, HttpHandler, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { badRequest } from "../shared/host_header.ts";
import { clientUnknown, cutOffByAbort, watchSignal, whereOf } from "../shared/http.ts";
import { clearInterval, setImmediate, setInterval } from "../shared/timers.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { toListenError } from "./errors.ts";
import { Hosts } from "./http_host.ts";
import { upgradeWebSocket, type UpgradingServer, WEB_SOCKETS } from "./web_socket.ts";

/** The part of Bun's server that is used here. */
interface BunServer extends UpgradingServer {
  readonly hostname: string;
  readonly port: number;
  readonly pendingRequests: number;
  readonly pendingWebSockets: number;
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  stop(cut?: boolean): Promise<void>;
  unref(): void;
}

interface BunServeOptions {
  readonly hostname?: string;
  readonly port?: number;
  readonly unix?: string;
  readonly reusePort?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly idleTimeout: number;
  readonly maxRequestBodySize: number;
  readonly fetch: HttpHandler;
  readonly error: (error: unknown) => Response;
  readonly websocket: typeof WEB_SOCKETS;
}

/** Milliseconds between two looks at whether requests are still in flight. */
const CHECK = 20;

/** Listens with `Bun.serve`. */
export async function serveHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { Bun } = globalThis as unknown as { readonly Bun: { serve(options: BunServeOptions): BunServer } };
  const { hostname, port, path, tls, reusePort, handler, failed = sendFailed } = options;
  let server: BunServer;
  try {
    server = Bun.serve({
      ...(path === undefined ? { hostname, port, ...(reusePort ? { reusePort } : {}) } : { unix: path }),
      ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
      // Any other idle timeout also ends a handler that takes its time and a stream that is quiet for a while.
      idleTimeout: 0,
      // Its own limit would refuse in silence what a handler reads bit by bit, or has a limit of its own for.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, info) => {
        const accepted = hosts.accept(request);
        return accepted === null ? badRequest() : handler(accepted, info);
      },
      error: (error) => failed(error, undefined),
      websocket: WEB_SOCKETS,
    });
  } catch (error) {
    throw await toListenError(error, whereOf(options));
  }
  const addr: HttpAddress = path === undefined
    ? { transport: "tcp", hostname: server.hostname, port: server.port }
    : { transport: "unix", path };
  const hosts = new Hosts(addr, tls !== undefined);
  return new BunListener(server, addr, hosts);
}

class BunListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: BunServer;
  readonly #hosts: Hosts;
  readonly #ends: EndWatch;

  constructor(server: BunServer, addr: HttpAddress, hosts: Hosts) {
    this.addr = addr;
    this.#server = server;
    this.#hosts = hosts;
    this.#ends = new EndWatch(server, addr.transport === "unix");
  }

  get pending(): number {
    return this.#server.pendingRequests;
  }

  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  watchEnd(
    request: Request,
    _info: HttpInfo,
    response: Response | null,
    ended: (end: HttpEnd, error?: unknown) => void,
  ): void {
    this.#ends.add(this.#hosts.original(request), response, ended);
  }

  upgradeWebSocket(request: Request, _info: HttpInfo, options: HostWebSocketOptions): Response {
    return upgradeWebSocket(this.#server, this.#hosts.original(request), options);
  }

  cutOffBy(error: unknown, request: Request): "gone" | "over" | null {
    return cutOffByAbort(error, request);
  }

  clientAddr(request: Request, _info: HttpInfo): HttpAddress {
    if (this.addr.transport === "unix") return { transport: "unix", path: "" };
    const client = this.#server.requestIP(this.#hosts.original(request));
    if (client === null) throw clientUnknown();
    return { transport: "tcp", hostname: client.address, port: client.port };
  }

  // Bun's stop() also waits for a connection that has sent half a request and may never send the rest. A request
  // counts as pending until its last byte is with the system, so cutting what is left at zero loses nothing.
  async close(): Promise<void> {
    const stopped = this.#server.stop();
    const check = setInterval(() => {
      if (this.#server.pendingRequests === 0 && this.#server.pendingWebSockets === 0) this.abort();
    }, CHECK);
    try {
      await stopped;
    } finally {
      clearInterval(check);
      this.#ends.stop();
    }
  }

  abort(): void {
    void this.#server.stop(true);
  }

  unref(): void {
    this.#server.unref();
  }
}

const READABLE: unique symbol = Symbol.for("nodejs.stream.readable") as never;
const ERRORED: unique symbol = Symbol.for("nodejs.stream.errored") as never;

/** What a stream says of itself on Bun, by the names that Node has for it. */
type Stream = ReadableStream & { readonly [READABLE]?: boolean; readonly [ERRORED]?: boolean };

/**
 * A response that is on its way. Of a stream that fails midway Bun tells nobody but its user, by a print, and breaks the connection off.
 * The stream then still calls itself readable, if somebody has looked at it meanwhile; but who looks before Bun has taken the response
 * makes a stream of every text.
 */
class Sending {
  readonly #response: Response | null;
  readonly #ended: (end: HttpEnd) => void;
  #body: Stream | null = null;

  constructor(response: Response | null, ended: (end: HttpEnd) => void) {
    this.#response = response;
    this.#ended = ended;
  }

  /** Bun has taken it, and it is not sent yet. */
  look(): void {
    this.#body ??= (this.#response?.body ?? null) as Stream | null;
  }

  /** It is over. */
  end(end: HttpEnd): void {
    const failed = end === "sent" && (this.#body?.[READABLE] === true || this.#body?.[ERRORED] === true);
    this.#ended(failed ? "failed" : end);
  }
}

/**
 * Bun aborts the signal of a request whose client leaves, and tells nobody that a response was sent. It knows the address of a client
 * for exactly as long as the request is in flight, so that is what is asked, again and again while anybody wants to know.
 */
class EndWatch {
  readonly #server: BunServer;
  readonly #isUnix: boolean;
  readonly #watched = new Map<Request, Sending>();
  #timer: unknown = null;

  constructor(server: BunServer, isUnix: boolean) {
    this.#server = server;
    this.#isUnix = isUnix;
  }

  add(request: Request, response: Response | null, ended: (end: HttpEnd) => void): void {
    const unwatch = watchSignal(request.signal, () => {
      if (this.#watched.delete(request)) ended("gone");
    });
    // The body of an answer to HEAD is not read.
    const sending = new Sending(request.method === "HEAD" ? null : response, (end) => {
      unwatch();
      ended(end);
    });
    this.#watched.set(request, sending);
    // Most are sent when the host has had a turn.
    if (this.#watched.size === 1) setImmediate(this.#check);
  }

  stop(): void {
    this.#check();
    for (const sending of this.#watched.values()) sending.end("gone");
    this.#watched.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  readonly #check = (): void => {
    const server = this.#server;
    // There is no address behind a Unix socket.
    const areAllSent = this.#isUnix && server.pendingRequests === 0;
    for (const [request, sending] of this.#watched) {
      if (this.#isUnix ? !areAllSent : server.requestIP(request) !== null) {
        sending.look();
        continue;
      }
      this.#watched.delete(request);
      sending.end("sent");
    }
    if (this.#watched.size === 0) this.#rest();
    else this.#timer ??= setInterval(this.#check, CHECK);
  };
}
