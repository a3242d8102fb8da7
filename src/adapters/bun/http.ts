/**
 * HTTP on Bun, by `Bun.serve`.
 *
 * @module
 */

import type { HttpAddress, HttpHandler, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { clientUnknown, watchSignal } from "../shared/http.ts";
import { clearInterval, setInterval } from "../shared/timers.ts";
import { toListenError } from "./errors.ts";

/** The part of Bun's server that is used here. */
interface BunServer {
  readonly hostname: string;
  readonly port: number;
  readonly pendingRequests: number;
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  stop(cut?: boolean): Promise<void>;
  unref(): void;
}

interface BunServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly idleTimeout: number;
  readonly maxRequestBodySize: number;
  readonly fetch: HttpHandler;
  readonly error: (error: unknown) => Response;
}

/** Milliseconds between two looks at whether a closing server still has requests in flight. */
const DRAIN_CHECK = 20;

/** Listens with `Bun.serve`. */
export async function serveHttp({ hostname, port, handler }: HttpListenOptions): Promise<HttpListener> {
  const { Bun } = globalThis as unknown as { readonly Bun: { serve(options: BunServeOptions): BunServer } };
  let server: BunServer;
  try {
    // Any other idle timeout also ends a handler that takes its time and a stream that is quiet for a while. Other hosts have no
    // limit of their own for a body; what reads one does.
    const unlimited = { idleTimeout: 0, maxRequestBodySize: Number.MAX_SAFE_INTEGER };
    server = Bun.serve({ hostname, port, ...unlimited, fetch: handler, error: sendFailed });
  } catch (error) {
    throw await toListenError(error, { hostname, port });
  }
  return new BunListener(server);
}

class BunListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: BunServer;

  constructor(server: BunServer) {
    this.addr = { transport: "tcp", hostname: server.hostname, port: server.port };
    this.#server = server;
  }

  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  clientAddr(request: Request, _info: HttpInfo): HttpAddress {
    const client = this.#server.requestIP(request);
    if (client === null) throw clientUnknown();
    return { transport: "tcp", hostname: client.address, port: client.port };
  }

  // Bun's stop() also waits for a connection that has sent half a request and may never send the rest. A request
  // counts as pending until its last byte is with the system, so cutting what is left at zero loses nothing.
  async close(): Promise<void> {
    const stopped = this.#server.stop();
    const check = setInterval(() => {
      if (this.#server.pendingRequests === 0) this.abort();
    }, DRAIN_CHECK);
    try {
      await stopped;
    } finally {
      clearInterval(check);
    }
  }

  abort(): void {
    void this.#server.stop(true);
  }

  unref(): void {
    this.#server.unref();
  }
}
