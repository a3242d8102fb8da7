/**
 * HTTP by `node:http`.
 *
 * @module
 */

import type { HttpAddress, HttpHandler, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { clientUnknown } from "../shared/http.ts";
import { requestListening, toListenError } from "./errors.ts";
import { toRequest, whenClientLeaves } from "./http_request.ts";
import { sendResponse } from "./http_response.ts";
import type { IncomingMessage, NodeHttp, NodeServer, ServerResponse, Socket } from "./types.ts";

/** What stands behind the opaque {@linkcode HttpInfo} here. */
interface Exchange {
  readonly socket: Socket;
  readonly outgoing: ServerResponse;
}

/** Listens with `node:http`. */
export async function serveHttp({ hostname, port, handler }: HttpListenOptions): Promise<HttpListener> {
  await requestListening({ hostname, port });
  const http = await import("node:http") as unknown as NodeHttp;
  const listener = new NodeListener(http, handler);
  await listener._listen(hostname, port);
  return listener;
}

class NodeListener implements HttpListener {
  readonly #server: NodeServer;
  readonly #handler: HttpHandler;
  readonly #sockets = new Set<Socket>();
  #addr: HttpAddress = { transport: "tcp", hostname: "", port: 0 };
  #inFlight = 0;
  #closing = false;

  constructor(http: NodeHttp, handler: HttpHandler) {
    this.#handler = handler;
    // Node limits the time that a whole request may take to arrive. No other host does, and a long upload is no
    // fault; the limit on its head remains.
    this.#server = http.createServer(
      { requestTimeout: 0 },
      (incoming, outgoing) => this.#answer(incoming, outgoing),
    );
    // Deno and Bun do not cut every connection when asked to, so the adapter knows them itself.
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get addr(): HttpAddress {
    return this.#addr;
  }

  /** @internal Resolves once the server listens. */
  async _listen(hostname: string, port: number): Promise<void> {
    const server = this.#server;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen({ port, host: hostname }, listening.resolve);
    try {
      await listening.promise;
    } catch (error) {
      throw await toListenError(error, { hostname, port });
    }
    server.removeListener("error", listening.reject);
    server.on("error", (error: unknown) => console.error("Cannot accept an HTTP connection:", error));
    const taken = server.address();
    this.#addr = { transport: "tcp", hostname: taken.address, port: taken.port };
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#inFlight++;
    outgoing.once("close", () => {
      this.#inFlight--;
      if (this.#closing) this.#drain();
    });
    let request: Request;
    try {
      request = toRequest(incoming, outgoing, this.#addr);
    } catch {
      // A target that is no URL, or a method that the web's Request refuses.
      this.#send(new Response("Bad Request", { status: 400 }), incoming, outgoing);
      return;
    }
    const exchange: Exchange = { socket: incoming.socket, outgoing };
    const response = this.#handler(request, exchange);
    // No promise for a plain Response: it is written before this function returns.
    if (isPromise(response)) response.then((response) => this.#send(response, incoming, outgoing));
    else this.#send(response, incoming, outgoing);
  }

  #send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const options = { head: incoming.method === "HEAD", last: this.#closing };
    const failed = (error: unknown): void => {
      const replacement = sendFailed(error);
      if (outgoing.headersSent) outgoing.destroy();
      else sendResponse(replacement, outgoing, options, () => outgoing.destroy());
    };
    sendResponse(response, outgoing, options, failed);
  }

  watchClient(_request: Request, info: HttpInfo, gone: () => void): () => void {
    return whenClientLeaves((info as Exchange).outgoing, gone);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
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
