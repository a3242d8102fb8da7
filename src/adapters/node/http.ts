/**
 * HTTP by `node:http`.
 *
 * @module
 */

import "../../loop/one_part.ts";
import type { HttpAddress, HttpEnded, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { sendFailed } from "../shared/errors.ts";
import { FullWatch } from "../shared/full_watch.ts";
import { clientUnknown, cutOffByAbort, whereOf } from "../shared/http.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { requestListening, toListenError } from "./errors.ts";
import { HttpConnection } from "./http_connection.ts";
import { Exchange } from "./http_exchange.ts";
import { abandon, type IncomingRequest, toRequest, whenClientLeaves } from "./http_request.ts";
import { sendResponse } from "./http_response.ts";
import { timeLimits } from "./http_limits.ts";
import { requestPath } from "./permissions.ts";
import { toSocketError } from "./socket_errors.ts";
import { beginWebSocket } from "./http_upgrade.ts";
import type { HttpSocket, IncomingMessage, NodeHttp, NodeHttpOptions, NodeServer, ServerResponse } from "./types.ts";
import { fileOf, parentOf } from "./undocumented.ts";

/** Listens with `node:http`, or with `node:https`. */
export async function serveHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { path, bindTo = path, tls } = options;
  if (bindTo === undefined) await requestListening(whereOf(options));
  else await requestPath(`Cannot listen on ${path}`, bindTo);
  const http = await loadBuiltin<NodeHttp>("node:http");
  const maker = tls === undefined ? http : await loadBuiltin<NodeHttp>("node:https");
  const listener = new NodeListener(maker, http, options);
  await listener.listen();
  return listener;
}

class NodeListener implements HttpListener {
  readonly #http: NodeHttp;
  readonly #server: NodeServer;
  readonly #options: HttpListenOptions;
  /** Every connection of the system's, and those that have come as far as HTTP. */
  readonly #sockets = new Set<HttpSocket>();
  readonly #connections = new Map<HttpSocket, HttpConnection>();
  #addr: HttpAddress = { transport: "tcp", hostname: "", port: 0 };
  #inFlight = 0;
  #onNone: (() => void) | null = null;
  #closing = false;

  /** Takes the module that makes the server, and `node:http`, which may be the same. */
  constructor(maker: NodeHttp, http: NodeHttp, options: HttpListenOptions) {
    const { tls, maxConnections = Infinity } = options;
    this.#http = http;
    this.#options = options;
    const settings: NodeHttpOptions = {
      ...timeLimits(options),
      shouldUpgradeCallback: ({ method, headers }) => method === "GET" && /websocket/i.test(String(headers["upgrade"])),
      ...(tls && { cert: tls.cert, key: tls.key }),
    };
    const server = maker.createServer(settings, (incoming, outgoing) => this.#answer(incoming, outgoing));
    this.#server = server;
    if (maxConnections !== Infinity) server.maxConnections = maxConnections;
    // Quirk `idle-unsent`.
    server.closeIdleConnections = () => {};
    const take = (incoming: IncomingMessage, socket: HttpSocket, head: Uint8Array): void => {
      const connection = this.#connectionOf(socket);
      connection.take(head, () => {
        try {
          this.#answer(incoming, this.#responseTo(incoming, connection), true);
        } catch (error) {
          this.#broken(connection, error);
        }
      });
    };
    server.on("upgrade", take);
    // Quirk `connect-cuts`.
    server.on("connect", take);
    server.on("clientError", (error: unknown, socket: HttpSocket) => {
      const connection = this.#connections.get(socket);
      if (connection === undefined) socket.destroy();
      else connection.fail(error);
    });
    server.on("connection", (socket: HttpSocket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on(
      tls === undefined ? "connection" : "secureConnection",
      (socket: HttpSocket) => this.#connectionOf(socket),
    );
  }

  get addr(): HttpAddress {
    return this.#addr;
  }

  get pending(): number {
    return this.#inFlight;
  }

  /** Resolves once the server listens. */
  async listen(): Promise<void> {
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
    server.on("connection", (socket: HttpSocket) => full.accepted(fileOf(socket)));
    const taken = server.address();
    this.#addr = typeof taken === "string"
      ? { transport: "unix", path: path ?? taken }
      : { transport: "tcp", hostname: taken.address, port: taken.port };
  }

  #connectionOf(socket: HttpSocket): HttpConnection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = new HttpConnection(socket, (connection) => {
        if (this.#closing) connection.end();
      });
      this.#connections.set(socket, connection);
      socket.once("close", () => this.#connections.delete(socket));
    }
    return connection;
  }

  /** A response by the socket of a request that Node has let go of; the connection ends with it. */
  #responseTo(incoming: IncomingMessage, connection: HttpConnection): ServerResponse {
    const { socket } = connection;
    const outgoing = new this.#http.ServerResponse(incoming);
    outgoing.assignSocket(socket);
    outgoing.once("finish", () => {
      outgoing.detachSocket(socket);
      connection.end();
      outgoing.emit("close");
    });
    return outgoing;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse, isUpgrade = false): void {
    const connection = this.#connectionOf(incoming.socket);
    // Nobody would get the answer.
    if (connection.isEnding) return void incoming.resume();
    const exchange = new Exchange(connection, incoming, outgoing, isUpgrade);
    connection.enter(exchange);
    this.#inFlight++;
    outgoing.once("close", () => this.#left(exchange));
    let request: IncomingRequest;
    try {
      request = exchange.request = toRequest(incoming, outgoing, this.#addr, this.#options.tls !== undefined);
    } catch {
      // A target that is no URL, or a method that the web's Request refuses.
      return this.#send(new Response("Bad Request", { status: 400 }), exchange);
    }
    let response: Response | Promise<Response>;
    try {
      response = this.#options.handler(request, exchange);
    } catch (error) {
      return this.#broken(exchange.connection, error);
    }
    // No promise for a plain Response: it is written before this function returns.
    if (isPromise(response)) response.then((response) => this.#send(response, exchange, request));
    else this.#send(response, exchange, request);
  }

  #send(response: Response, exchange: Exchange, request?: Request): void {
    if (exchange.isWebSocket) return;
    // What Node is given before its turn makes it stop reading, so that it would not learn that the client leaves.
    if (!exchange.connection.isFirst(exchange)) {
      exchange.turn = () => this.#send(response, exchange, request);
      return;
    }
    try {
      this.#sendResponse(response, exchange, request);
    } catch (error) {
      this.#broken(exchange.connection, error);
    }
  }

  #sendResponse(response: Response, exchange: Exchange, request?: Request): void {
    const { connection, incoming, outgoing } = exchange;
    const last = exchange.isUpgrade || (this.#closing && connection.isNewest(exchange));
    const options = { head: incoming.method === "HEAD", last, exchange };
    const failed = (error: unknown): void => {
      // It passes on what the client has not sent to its end.
      if (outgoing.destroyed && request !== undefined && this.cutOffBy(error, request) !== null) return;
      const replacement = (this.#options.failed ?? sendFailed)(error, request);
      const isBegun = outgoing.headersSent;
      exchange.failure = { error, status: isBegun ? undefined : replacement.status };
      if (isBegun) outgoing.destroy();
      else sendResponse(replacement, outgoing, options, () => outgoing.destroy());
    };
    sendResponse(response, outgoing, options, failed);
  }

  /** Nothing is left of a request and its response. */
  #left(exchange: Exchange): void {
    if (!exchange.connection.leave(exchange)) return;
    if (!exchange.outgoing.writableEnded && exchange.request !== null) abandon(exchange.request);
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onNone?.();
  }

  /** Something is wrong here. Thrown from where Node calls, it would end the process. */
  #broken({ socket }: HttpConnection, error: unknown): void {
    socket.destroy();
    (this.#options.failed ?? sendFailed)(error, undefined);
  }

  watchClient(_request: Request, info: HttpInfo, gone: () => void): () => void {
    return whenClientLeaves((info as Exchange).outgoing, gone);
  }

  watchEnd(_request: Request, info: HttpInfo, ended: HttpEnded): void {
    (info as Exchange).watchEnd(ended);
  }

  upgradeWebSocket(request: Request, info: HttpInfo, options: HostWebSocketOptions): Response {
    const exchange = info as Exchange;
    return beginWebSocket(request, exchange, options, (error) => this.#broken(exchange.connection, error));
  }

  cutOffBy(error: unknown, request: Request): "gone" | "over" | null {
    if ((error as { readonly code?: unknown } | null)?.code === "ECONNRESET" && request.signal.aborted) return "gone";
    return cutOffByAbort(error, request);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    if (this.#addr.transport === "unix") return { transport: "unix", path: "" };
    const { remoteAddress, remotePort } = (info as Exchange).connection.socket;
    if (remoteAddress === undefined || remotePort === undefined) throw clientUnknown();
    return { transport: "tcp", hostname: remoteAddress, port: remotePort };
  }

  async close(): Promise<void> {
    this.#closing = true;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      // Those that wait for a request, or have sent half of one, or of a handshake. The others end with their last response.
      const busy = new Set<HttpSocket | undefined>();
      for (const connection of this.#connections.values()) {
        if (connection.isIdle) continue;
        busy.add(connection.socket).add(parentOf(connection.socket));
      }
      for (const socket of [...this.#connections.keys(), ...this.#sockets]) if (!busy.has(socket)) socket.destroy();
    });
    // Node reports what was cut a moment after the server has no connection any more.
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#onNone = resolve);
  }

  abort(): void {
    for (const socket of [...this.#connections.keys(), ...this.#sockets]) socket.destroy();
  }

  unref(): void {
    this.#server.unref();
  }
}

function isPromise(response: Response | Promise<Response>): response is Promise<Response> {
  return typeof (response as Promise<Response>).then === "function";
}
