/**
 * HTTP on a simulated host.
 *
 * @module
 */
import type {
  HttpAddress,
  HttpCut,
  HttpEnded,
  HttpInfo,
  HttpListener,
  HttpListenOptions,
} from "../../adapters/adapter.ts";
import type { HostListener, HostStream, ListenEvents, NetAdapter, SocketAddress } from "../../adapters/net.ts";
import { listenError } from "../../adapters/shared/errors.ts";
import { isHost, ownHost } from "../../adapters/shared/host_header.ts";
import type { HostWebSocketOptions } from "../../adapters/web_socket.ts";
import { type HttpClock, HttpConnection, type HttpOwner } from "./http_connection.ts";
import { cuts, type HttpExchange } from "./http_exchange.ts";

const DEFAULT_BACKLOG = 511;

/** Listens by the sockets of a host. */
export async function serveHttp(
  net: NetAdapter,
  queue: HttpClock,
  options: HttpListenOptions,
): Promise<HttpListener> {
  const listener = new SimulatedHttpListener(queue, options);
  await listener.listen(net);
  return listener;
}

class SimulatedHttpListener implements HttpListener, HttpOwner, ListenEvents {
  readonly options: HttpListenOptions;
  readonly queue: HttpClock;
  isClosing = false;
  readonly #connections = new Set<HttpConnection>();
  #listener: HostListener | null = null;
  #addr: HttpAddress = { transport: "tcp", hostname: "", port: 0 };
  #inFlight = 0;
  #whenNone: (() => void) | null = null;

  constructor(queue: HttpClock, options: HttpListenOptions) {
    this.queue = queue;
    this.options = options;
  }

  async listen(net: NetAdapter): Promise<void> {
    const { hostname, port, path, bindTo, tls, reusePort = false } = this.options;
    if (path !== undefined) {
      this.#listener = await net.listenUnix!({ path, bindTo, backlog: DEFAULT_BACKLOG, tls }, this);
      this.#addr = { transport: "unix", path };
      return;
    }
    const [found] = await net.lookup(hostname, "any", new AbortController().signal).catch((error) => {
      throw listenError("ENOTFOUND", { hostname, port }, error);
    });
    const { address } = found!;
    this.#listener = await net.listenTcp({ address, port, backlog: DEFAULT_BACKLOG, reusePort, tls }, this);
    this.#addr = toHttpAddress(this.#listener.address);
  }

  get addr(): HttpAddress {
    return this.#addr;
  }

  get pending(): number {
    return this.#inFlight;
  }

  connection(stream: HostStream): void {
    const { maxConnections = Infinity } = this.options;
    if (this.isClosing || this.#connections.size >= maxConnections) return stream.abort();
    this.#connections.add(new HttpConnection(this, stream));
  }

  handshakeFailed(): void {}

  acceptFailed(error: Error): void {
    (this.options.acceptFailed ?? console.error)(error);
  }

  ended(connection: HttpConnection): void {
    this.#connections.delete(connection);
    this.#look();
  }

  count(change: 1 | -1): void {
    this.#inFlight += change;
    this.#look();
  }

  toRequest(exchange: HttpExchange): Request {
    const { head } = exchange;
    const named = head.headers.get("host");
    if (named === null && head.isNew) throw new TypeError("A request names its host.");
    const host = named || ownHost(this.#addr);
    if (!isHost(host)) throw new TypeError(`${host} is not the host of a URL.`);
    const { target, method, headers } = head;
    const scheme = this.options.tls === undefined ? "http" : "https";
    const url = /^https?:\/\//i.test(target)
      ? target
      : `${scheme}://${host}${target.startsWith("/") ? "" : "/"}${target}`;
    const init: RequestInit & { duplex?: "half" } = { method, headers, signal: exchange.signal };
    if (!exchange.body.isOver && method !== "GET" && method !== "HEAD") {
      init.body = exchange.stream();
      init.duplex = "half";
    }
    return new Request(url, init);
  }

  watchClient(_request: Request, info: HttpInfo, gone: () => void): () => void {
    return (info as HttpExchange).watchClient(gone);
  }

  watchEnd(_request: Request, info: HttpInfo, ended: HttpEnded): void {
    (info as HttpExchange).watchEnd(ended);
  }

  upgradeWebSocket(_request: Request, info: HttpInfo, options: HostWebSocketOptions): Response {
    const exchange = info as HttpExchange;
    return exchange.connection.becomeWebSocket(exchange, options);
  }

  cutOffBy(error: unknown): HttpCut | null {
    return typeof error === "object" && error !== null ? cuts.get(error) ?? null : null;
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    return toHttpAddress((info as HttpExchange).connection.stream.remoteAddress!);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.#listener?.close();
    for (const connection of [...this.#connections]) connection.close();
    await new Promise<void>((resolve) => {
      this.#whenNone = resolve;
      this.#look();
    });
  }

  abort(): void {
    this.#listener?.close();
    for (const connection of [...this.#connections]) connection.cut();
  }

  unref(): void {}

  #look(): void {
    if (this.#inFlight > 0 || this.#connections.size > 0) return;
    this.#whenNone?.();
    this.#whenNone = null;
  }
}

function toHttpAddress(address: SocketAddress): HttpAddress {
  if (address.family === "unix") return { transport: "unix", path: address.path };
  return { transport: "tcp", hostname: address.address, port: address.port };
}
