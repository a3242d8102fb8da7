/**
 * HTTP by `node:http`.
 *
 * @module
 */

import type { HttpAddress, HttpEnd, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { RuntimeError } from "../../core/errors.ts";
import { loadBuiltin } from "../shared/builtin.ts";
import { sendFailed } from "../shared/errors.ts";
import { FullWatch } from "../shared/full_watch.ts";
import { clientUnknown, cutOffByAbort, whereOf } from "../shared/http.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { requestListening, toListenError } from "./errors.ts";
import { toRequest, whenClientLeaves } from "./http_request.ts";
import { sendResponse } from "./http_response.ts";
import { timeLimits } from "./http_limits.ts";
import { requestPath } from "./permissions.ts";
import { toSocketError } from "./socket_errors.ts";
import type { IncomingMessage, NodeHttp, NodeHttpOptions, NodeServer, ServerResponse, Socket } from "./types.ts";
import { beginWebSocket, type UpgradedSocket } from "./web_socket.ts";

/** What stands behind the opaque {@linkcode HttpInfo} here. */
interface Exchange {
  readonly socket: Socket;
  readonly outgoing: ServerResponse;
  /** What has come after the head of a request that may become a WebSocket. */
  readonly head: Uint8Array | undefined;
  /** It has become one, and no response is sent. */
  upgraded?: boolean;
  /** What made it impossible to send the response. */
  failure?: { readonly error: unknown };
}

/** Listens with `node:http`, or with `node:https`. */
export async function serveHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { path, bindTo = path, tls } = options;
  if (bindTo === undefined) await requestListening(whereOf(options));
  else await requestPath(`Cannot listen on ${path}`, bindTo);
  const http = await loadBuiltin<NodeHttp>("node:http");
  const maker = tls === undefined ? http : await loadBuiltin<NodeHttp>("node:https");
  const listener = new NodeListener(maker, http, options);
  await listener._listen();
  return listener;
}

class NodeListener implements HttpListener {
  readonly #http: NodeHttp;
  readonly #server: NodeServer;
  readonly #options: HttpListenOptions;
  readonly #sockets = new Set<Socket>();
  #addr: HttpAddress = { transport: "tcp", hostname: "", port: 0 };
  #inFlight = 0;
  #onNone: (() => void) | null = null;
  #closing = false;

  /** Takes the module that makes the server, and `node:http`, which may be the same. */
  constructor(maker: NodeHttp, http: NodeHttp, options: HttpListenOptions) {
    const { tls } = options;
    this.#http = http;
    this.#options = options;
    const settings: NodeHttpOptions = {
      ...timeLimits(options),
      shouldUpgradeCallback: ({ method, headers }) => method === "GET" && /websocket/i.test(String(headers.upgrade)),
      ...(tls && { cert: tls.cert, key: tls.key }),
    };
    this.#server = maker.createServer(settings, (incoming, outgoing) => this.#answer(incoming, outgoing));
    this.#server.on("upgrade", (incoming: IncomingMessage, _socket: Socket, head: Uint8Array) => {
      this.#answer(incoming, this.#responseTo(incoming), head);
    });
    const { maxConnections = Infinity } = options;
    if (maxConnections !== Infinity) this.#server.maxConnections = maxConnections;
    // Deno and Bun do not cut every connection when asked to, so the adapter knows them itself.
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get addr(): HttpAddress {
    return this.#addr;
  }

  get pending(): number {
    return this.#inFlight;
  }

  /** @internal Resolves once the server listens. */
  async _listen(): Promise<void> {
    const { hostname, port, path, bindTo = path, reusePort, acceptFailed = console.error } = this.#options;
    const server = this.#server;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    const shared = reusePort ? { reusePort } : {};
    const where = bindTo === undefined ? { port, host: hostname, ...shared } : { path: bindTo };
    server.listen(where, listening.resolve);
    try {
      await listening.promise;
    } catch (error) {
      throw await toListenError(error, whereOf(this.#options));
    }
    server.removeListener("error", listening.reject);
    server.on("error", (error: unknown) => acceptFailed(toSocketError("Cannot accept a connection", error)));
    const full = new FullWatch(acceptFailed);
    server.on("connection", (socket: { readonly _handle?: { readonly fd?: number } }) => {
      full.accepted(socket._handle?.fd);
    });
    const taken = server.address();
    this.#addr = typeof taken === "string"
      ? { transport: "unix", path: path ?? taken }
      : { transport: "tcp", hostname: taken.address, port: taken.port };
  }

  /** Node leaves the socket of a request that asks for an upgrade alone; it is answered here as any other, and ends with that. */
  #responseTo(incoming: IncomingMessage): ServerResponse {
    const { socket } = incoming;
    const outgoing = new this.#http.ServerResponse(incoming);
    outgoing.assignSocket(socket);
    // Nobody else listens any more, and an error without a listener ends the process.
    socket.on("error", () => socket.destroy());
    outgoing.once("finish", () => {
      outgoing.detachSocket(socket);
      (socket as unknown as UpgradedSocket).end();
      outgoing.emit("close");
    });
    return outgoing;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse, head?: Uint8Array): void {
    this.#inFlight++;
    outgoing.once("close", () => {
      this.#inFlight--;
      if (this.#closing) this.#drain();
      if (this.#inFlight === 0) this.#onNone?.();
    });
    let request: Request;
    try {
      request = toRequest(incoming, outgoing, this.#addr, this.#options.tls !== undefined);
    } catch {
      // A target that is no URL, or a method that the web's Request refuses.
      this.#send(new Response("Bad Request", { status: 400 }), incoming, { socket: incoming.socket, outgoing, head });
      return;
    }
    const exchange: Exchange = { socket: incoming.socket, outgoing, head };
    const response = this.#options.handler(request, exchange);
    // No promise for a plain Response: it is written before this function returns.
    if (isPromise(response)) response.then((response) => this.#send(response, incoming, exchange, request));
    else this.#send(response, incoming, exchange, request);
  }

  #send(response: Response, incoming: IncomingMessage, exchange: Exchange, request?: Request): void {
    const { outgoing } = exchange;
    if (exchange.upgraded) return;
    const options = { head: incoming.method === "HEAD", last: this.#closing || exchange.head !== undefined };
    const failed = (error: unknown): void => {
      exchange.failure = { error };
      const replacement = (this.#options.failed ?? sendFailed)(error, request);
      if (outgoing.headersSent) outgoing.destroy();
      else sendResponse(replacement, outgoing, options, () => outgoing.destroy());
    };
    sendResponse(response, outgoing, options, failed);
  }

  watchClient(_request: Request, info: HttpInfo, gone: () => void): () => void {
    return whenClientLeaves((info as Exchange).outgoing, gone);
  }

  watchEnd(
    _request: Request,
    info: HttpInfo,
    _response: Response | null,
    ended: (end: HttpEnd, error?: unknown) => void,
  ): void {
    const exchange = info as Exchange;
    const { outgoing } = exchange;
    const closed = (): void => {
      if (exchange.failure !== undefined) ended("failed", exchange.failure.error);
      else ended(outgoing.writableFinished ? "sent" : "gone");
    };
    if (outgoing.destroyed) queueMicrotask(closed);
    else outgoing.once("close", closed);
  }

  upgradeWebSocket(request: Request, info: HttpInfo, options: HostWebSocketOptions): Response {
    const exchange = info as Exchange;
    const { socket, outgoing, head } = exchange;
    const key = request.headers.get("sec-websocket-key");
    if (head === undefined || key === null) {
      throw new RuntimeError("Cannot upgrade to a WebSocket: the request does not ask for one.");
    }
    exchange.upgraded = true;
    outgoing.detachSocket(socket);
    // The request is in flight until the WebSocket is closed.
    socket.once("close", () => outgoing.emit("close"));
    beginWebSocket(socket as unknown as UpgradedSocket, head, key, options);
    // No response can have the status 101 by itself here.
    return Object.defineProperty(new Response(null), "status", { value: 101 });
  }

  cutOffBy(error: unknown, request: Request): "gone" | "over" | null {
    if ((error as { readonly code?: unknown } | null)?.code === "ECONNRESET" && request.signal.aborted) return "gone";
    return cutOffByAbort(error, request);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    if (this.#addr.transport === "unix") return { transport: "unix", path: "" };
    const { remoteAddress, remotePort } = (info as Exchange).socket;
    if (remoteAddress === undefined || remotePort === undefined) throw clientUnknown();
    return { transport: "tcp", hostname: remoteAddress, port: remotePort };
  }

  async close(): Promise<void> {
    this.#closing = true;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      this.#drain();
    });
    // What was cut is told of a moment after the server has no connection any more.
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#onNone = resolve);
  }

  /** Ends what is left of a closing server once no request is in flight: connections that wait for one. */
  #drain(): void {
    if (this.#inFlight === 0) this.abort();
  }

  abort(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  unref(): void {
    this.#server.unref();
  }
}

function isPromise(response: Response | Promise<Response>): response is Promise<Response> {
  return typeof (response as Promise<Response>).then === "function";
}
