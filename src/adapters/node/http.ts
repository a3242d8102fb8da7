/**
 * HTTP by `node:http`.
 *
 * @module
 */

import type { HttpAddress, HttpEnd, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { clientUnknown, whereOf } from "../shared/http.ts";
import { requestListening, toListenError } from "./errors.ts";
import { toRequest, whenClientLeaves } from "./http_request.ts";
import { sendResponse } from "./http_response.ts";
import { requestPath } from "./permissions.ts";
import type { IncomingMessage, NodeHttp, NodeHttpOptions, NodeServer, ServerResponse, Socket } from "./types.ts";

/** What stands behind the opaque {@linkcode HttpInfo} here. */
interface Exchange {
  readonly socket: Socket;
  readonly outgoing: ServerResponse;
  /** What made it impossible to send the response. */
  failure?: { readonly error: unknown };
}

/** Listens with `node:http`, or with `node:https`. */
export async function serveHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { path, tls } = options;
  if (path === undefined) await requestListening(whereOf(options));
  else await requestPath(`Cannot listen on ${path}`, path);
  const http = await (tls === undefined ? import("node:http") : import("node:https")) as unknown as NodeHttp;
  const listener = new NodeListener(http, options);
  await listener._listen();
  return listener;
}

class NodeListener implements HttpListener {
  readonly #server: NodeServer;
  readonly #options: HttpListenOptions;
  readonly #sockets = new Set<Socket>();
  #addr: HttpAddress = { transport: "tcp", hostname: "", port: 0 };
  #inFlight = 0;
  #closing = false;

  constructor(http: NodeHttp, options: HttpListenOptions) {
    const { tls } = options;
    this.#options = options;
    // Node limits the time that a whole request may take to arrive. No other host does, and a long upload is no
    // fault; the limit on its head remains.
    const settings: NodeHttpOptions = { requestTimeout: 0, ...(tls && { cert: tls.cert, key: tls.key }) };
    this.#server = http.createServer(settings, (incoming, outgoing) => this.#answer(incoming, outgoing));
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
    const { hostname, port, path, reusePort } = this.#options;
    const server = this.#server;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    const where = path === undefined ? { port, host: hostname, ...(reusePort ? { reusePort } : {}) } : { path };
    server.listen(where, listening.resolve);
    try {
      await listening.promise;
    } catch (error) {
      throw await toListenError(error, whereOf(this.#options));
    }
    server.removeListener("error", listening.reject);
    server.on("error", (error: unknown) => console.error("Cannot accept an HTTP connection:", error));
    const taken = server.address();
    this.#addr = typeof taken === "string"
      ? { transport: "unix", path: taken }
      : { transport: "tcp", hostname: taken.address, port: taken.port };
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#inFlight++;
    outgoing.once("close", () => {
      this.#inFlight--;
      if (this.#closing) this.#drain();
    });
    let request: Request;
    try {
      request = toRequest(incoming, outgoing, this.#addr, this.#options.tls !== undefined);
    } catch {
      // A target that is no URL, or a method that the web's Request refuses.
      this.#send(new Response("Bad Request", { status: 400 }), incoming, { socket: incoming.socket, outgoing });
      return;
    }
    const exchange: Exchange = { socket: incoming.socket, outgoing };
    const response = this.#options.handler(request, exchange);
    // No promise for a plain Response: it is written before this function returns.
    if (isPromise(response)) response.then((response) => this.#send(response, incoming, exchange, request));
    else this.#send(response, incoming, exchange, request);
  }

  #send(response: Response, incoming: IncomingMessage, exchange: Exchange, request?: Request): void {
    const { outgoing } = exchange;
    const options = { head: incoming.method === "HEAD", last: this.#closing };
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

  watchEnd(_request: Request, info: HttpInfo, ended: (end: HttpEnd, error?: unknown) => void): void {
    const exchange = info as Exchange;
    const { outgoing } = exchange;
    const closed = (): void => {
      if (exchange.failure !== undefined) ended("failed", exchange.failure.error);
      else ended(outgoing.writableFinished ? "sent" : "gone");
    };
    if (outgoing.destroyed) queueMicrotask(closed);
    else outgoing.once("close", closed);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    if (this.#addr.transport === "unix") return { transport: "unix", path: "" };
    const { remoteAddress, remotePort } = (info as Exchange).socket;
    if (remoteAddress === undefined || remotePort === undefined) throw clientUnknown();
    return { transport: "tcp", hostname: remoteAddress, port: remotePort };
  }

  close(): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      this.#drain();
    });
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
