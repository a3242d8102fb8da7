/**
 * HTTP on Deno, by `Deno.serve`.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import type { HttpAddress, HttpEnd, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { badRequest } from "../shared/host_header.ts";
import { clientUnknown, watchSignal, whereOf } from "../shared/http.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { toListenError } from "./errors.ts";
import { BodiesInFlight } from "./http_bodies.ts";
import { hasHost } from "./http_host.ts";
import { ParkedRequests, unavailable } from "./http_parked.ts";
import { DenoWebSockets } from "./web_socket.ts";

type Server = Deno.HttpServer<Deno.Addr>;
type Info = Deno.ServeHandlerInfo<Deno.Addr>;

/** Listens with `Deno.serve`. */
export function serveHttp(options: HttpListenOptions): HttpListener {
  const { hostname, port, path, bindTo = path, tls, reusePort, handler, failed = sendFailed } = options;
  // Deno ends the program that asks it for a shared port without the flag that also lets it have this function.
  if (reusePort && typeof (Deno as { listenDatagram?: unknown }).listenDatagram !== "function") {
    throw new NotSupportedError("Cannot share a port on Deno without its flag: run it with --unstable-net.");
  }
  const cut = new AbortController();
  const parked = new ParkedRequests();
  const bodies = new BodiesInFlight();
  const webSockets = new DenoWebSockets();
  let server: Server;
  try {
    server = Deno.serve({
      ...(bindTo === undefined ? { hostname, port, ...(reusePort ? { reusePort } : {}) } : { path: bindTo }),
      ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
      signal: cut.signal,
      onListen: () => {},
      onError: (error: unknown) => failed(error, undefined),
    } as Deno.ServeTcpOptions, (request, info) => {
      if (webSockets.isAwaited) return unavailable();
      if (!hasHost(request, addr, tls !== undefined)) return badRequest();
      const response = handler(request, info);
      if (response instanceof Response) return bodies.guard(response, request, info);
      return parked.park(response, (given) => bodies.guard(given, request, info));
    }) as Server;
  } catch (error) {
    throw toListenError(error, whereOf(options));
  }
  const addr: HttpAddress = path === undefined ? toAddress(server.addr) : { transport: "unix", path };
  return new DenoListener(server, addr, cut, parked, bodies, webSockets);
}

class DenoListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #server: Server;
  readonly #cut: AbortController;
  readonly #parked: ParkedRequests;
  readonly #bodies: BodiesInFlight;
  readonly #webSockets: DenoWebSockets;
  readonly #aborted = Promise.withResolvers<void>();
  #closing = false;

  constructor(
    server: Server,
    addr: HttpAddress,
    cut: AbortController,
    parked: ParkedRequests,
    bodies: BodiesInFlight,
    webSockets: DenoWebSockets,
  ) {
    this.#webSockets = webSockets;
    this.addr = addr;
    this.#server = server;
    this.#cut = cut;
    this.#parked = parked;
    this.#bodies = bodies;
  }

  get pending(): number {
    return this.#parked.size + this.#bodies.size;
  }

  // Without the flag no-legacy-abort Deno also aborts the signal after a response was sent well, which is why the
  // caller stops watching first. It then prints a hint once in the life of the process; nothing but the signal
  // tells that a client left, `info.completed` does not, so the hint is the price.
  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  watchEnd(
    request: Request,
    _info: HttpInfo,
    _response: Response | null,
    ended: (end: HttpEnd, error?: unknown) => void,
  ): void {
    this.#bodies.watch(request, ended);
  }

  upgradeWebSocket(request: Request, _info: HttpInfo, options: HostWebSocketOptions): Promise<Response> {
    return this.#webSockets.begin(request, options);
  }

  // Of a client that leaves in the middle of its body Deno says nothing else.
  cutOffBy(error: unknown, _request: Request): "gone" | null {
    return error instanceof Deno.errors.BadResource && error.message.startsWith("Cannot read body") ? "gone" : null;
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    try {
      const { remoteAddr } = info as Info;
      // For the client Deno gives the path of the server, whereas a client's own socket has none.
      return remoteAddr.transport === "unix" ? { transport: "unix", path: "" } : toAddress(remoteAddr);
    } catch (error) {
      throw clientUnknown(error);
    }
  }

  async close(): Promise<void> {
    const aborted = this.#aborted.promise;
    if (this.#webSockets.size > 0) {
      await Promise.race([this.#webSockets.none(), aborted]);
      if (this.#cut.signal.aborted) return;
    }
    this.#closing = true;
    await Promise.race([this.#server.shutdown(), aborted]);
  }

  // Once shutdown() has begun Deno offers no way to cut a connection, and to abort the signal then is an error that
  // nobody can catch. So the requests that wait for their handler are answered, and the bodies that are being sent broken off.
  abort(): void {
    if (this.#closing) {
      this.#parked.cut();
      this.#bodies.cut();
    } else {
      this.#cut.abort();
    }
    this.#aborted.resolve();
  }

  unref(): void {
    this.#server.unref();
  }
}

function toAddress(addr: Deno.Addr): HttpAddress {
  if (addr.transport === "unix") return { transport: "unix", path: (addr as Deno.UnixAddr).path ?? "" };
  const { hostname, port } = addr as Deno.NetAddr;
  return { transport: "tcp", hostname, port };
}
