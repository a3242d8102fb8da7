/**
 * HTTP on Bun, by `Bun.serve`.
 *
 * @module
 */

import "../../loop/one_part.ts";
import type { HttpAddress, HttpEnded, HttpHandler, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { badRequest } from "../shared/host_header.ts";
import { clientUnknown, cutOffByAbort, watchSignal, whereOf } from "../shared/http.ts";
import { clearInterval, setInterval } from "../shared/timers.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { FullWatch } from "../shared/full_watch.ts";
import { toListenError } from "./errors.ts";
import { Responses } from "./http_bodies.ts";
import { type AnsweringServer, CHECK, EndWatch } from "./http_ends.ts";
import { Hosts } from "./http_host.ts";
import { IdleLimit, type TimingServer, toIdleTimeout } from "./http_idle.ts";
import { ParkedRequests } from "./http_parked.ts";
import { upgradeWebSocket, type UpgradingServer, WEB_SOCKETS } from "./web_socket.ts";

/** The part of Bun's server that is used here. */
interface BunServer extends UpgradingServer, AnsweringServer, TimingServer {
  readonly hostname: string;
  readonly port: number;
  readonly pendingWebSockets: number;
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

/** Listens with `Bun.serve`. */
export async function serveHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { Bun } = globalThis as unknown as { readonly Bun: { serve(options: BunServeOptions): BunServer } };
  const { hostname, port, path, bindTo = path, tls, reusePort, handler, failed = sendFailed } = options;
  const { acceptFailed = console.error, keepAliveTimeout } = options;
  const idleTimeout = toIdleTimeout(keepAliveTimeout);
  let server: BunServer;
  try {
    server = Bun.serve({
      ...(bindTo === undefined ? { hostname, port, ...(reusePort ? { reusePort } : {}) } : { unix: bindTo }),
      ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
      idleTimeout,
      // Its own limit would refuse in silence what a handler reads bit by bit, or has a limit of its own for.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, info) => {
        const accepted = hosts.accept(request);
        if (accepted === null) return badRequest();
        const response = handler(accepted, info, parked);
        return response instanceof Response ? responses.prepare(response, request) : parked.park(response, request);
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
  const ends = new EndWatch(server, path !== undefined);
  const idle = new IdleLimit(server, idleTimeout);
  const responses = new Responses(ends, idle, failed);
  const parked = new ParkedRequests(idle, responses);
  const unwatch = new FullWatch(acceptFailed).look();
  return new BunListener(server, addr, hosts, ends, () => {
    unwatch();
    idle.stop();
  });
}

class BunListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: BunServer;
  readonly #hosts: Hosts;
  readonly #ends: EndWatch;
  readonly #unwatch: () => void;

  constructor(server: BunServer, addr: HttpAddress, hosts: Hosts, ends: EndWatch, unwatch: () => void) {
    this.addr = addr;
    this.#server = server;
    this.#hosts = hosts;
    this.#ends = ends;
    this.#unwatch = unwatch;
  }

  get pending(): number {
    return this.#server.pendingRequests;
  }

  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  watchEnd(request: Request, _info: HttpInfo, ended: HttpEnded): void {
    this.#ends.add(this.#hosts.original(request), ended);
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

  // Quirk `half-request`. A request counts as pending until its last byte is with the system, so cutting what is left at zero loses nothing.
  async close(): Promise<void> {
    this.#unwatch();
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
    this.#unwatch();
    void this.#server.stop(true);
  }

  unref(): void {
    this.#server.unref();
  }
}
