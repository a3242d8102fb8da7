/**
 * HTTP on Deno, by `Deno.serve`.
 *
 * @module
 */

import type { HttpAddress, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { clientUnknown, watchSignal } from "../shared/http.ts";
import { toListenError } from "./errors.ts";

/** Listens with `Deno.serve`. */
export function serveHttp({ hostname, port, handler }: HttpListenOptions): HttpListener {
  const cut = new AbortController();
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { hostname, port, signal: cut.signal, onListen: () => {}, onError: sendFailed },
      // Given as it is: a function around it would cost each request a call, and an async one a promise.
      handler,
    );
  } catch (error) {
    throw toListenError(error, { hostname, port });
  }
  return new DenoListener(server, cut);
}

class DenoListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #cut: AbortController;

  constructor(server: Deno.HttpServer<Deno.NetAddr>, cut: AbortController) {
    this.addr = { transport: "tcp", hostname: server.addr.hostname, port: server.addr.port };
    this.#server = server;
    this.#cut = cut;
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

  close(): Promise<void> {
    return this.#server.shutdown();
  }

  abort(): void {
    this.#cut.abort();
  }

  unref(): void {
    this.#server.unref();
  }
}
