/**
 * HTTP on Deno, by `Deno.serve`.
 *
 * @module
 */

import type { HttpAddress, HttpHandler, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { clientUnknown, watchSignal } from "../shared/http.ts";
import { toListenError } from "./errors.ts";

type Server = Deno.HttpServer<Deno.NetAddr>;

/** Listens with `Deno.serve`. */
export function serveHttp({ hostname, port, handler }: HttpListenOptions): HttpListener {
  const cut = new AbortController();
  const parked = new ParkedRequests();
  let server: Server;
  try {
    server = Deno.serve(
      { hostname, port, signal: cut.signal, onListen: () => {}, onError: sendFailed },
      (request, info) => {
        const response = handler(request, info);
        return response instanceof Response ? response : parked.park(response);
      },
    );
  } catch (error) {
    throw toListenError(error, { hostname, port });
  }
  return new DenoListener(server, cut, parked);
}

/** The requests whose handler has not answered yet. */
class ParkedRequests {
  readonly #settlers = new Set<(response: Response) => void>();

  /** Gives what the handler's promise gives, unless it is cut before. */
  park(response: ReturnType<HttpHandler>): Promise<Response> {
    return new Promise((resolve) => {
      this.#settlers.add(resolve);
      (response as Promise<Response>).then((response) => {
        this.#settlers.delete(resolve);
        resolve(response);
      });
    });
  }

  /** Answers all of them in the place of their handlers. */
  cut(): void {
    for (const resolve of this.#settlers) {
      resolve(new Response("Service Unavailable", { status: 503, headers: { connection: "close" } }));
    }
    this.#settlers.clear();
  }
}

class DenoListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: Server;
  readonly #cut: AbortController;
  readonly #parked: ParkedRequests;
  readonly #aborted = Promise.withResolvers<void>();
  #closing = false;

  constructor(server: Server, cut: AbortController, parked: ParkedRequests) {
    this.addr = { transport: "tcp", hostname: server.addr.hostname, port: server.addr.port };
    this.#server = server;
    this.#cut = cut;
    this.#parked = parked;
  }

  // Without the flag no-legacy-abort Deno also aborts the signal after a response was sent well, which is why the
  // caller stops watching first. It then prints a hint once in the life of the process; nothing but the signal
  // tells that a client left, `info.completed` does not, so the hint is the price.
  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    try {
      const { hostname, port } = (info as Deno.ServeHandlerInfo<Deno.NetAddr>).remoteAddr;
      return { transport: "tcp", hostname, port };
    } catch (error) {
      throw clientUnknown(error);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.race([this.#server.shutdown(), this.#aborted.promise]);
  }

  // Once shutdown() has begun Deno offers no way to cut a connection, and to abort the signal then is an error that
  // nobody can catch. So the requests that wait for their handler are answered; a stream that is being sent goes on
  // until its source ends it.
  abort(): void {
    if (this.#closing) this.#parked.cut();
    else this.#cut.abort();
    this.#aborted.resolve();
  }

  unref(): void {
    this.#server.unref();
  }
}
