/**
 * HTTP on Deno.
 *
 * @module
 */

import "../../loop/one_part.ts";
import { NotSupportedError } from "../../core/errors.ts";
import type { HttpAddress, HttpCut, HttpEnded, HttpInfo, HttpListener, HttpListenOptions } from "../adapter.ts";
import { sendFailed } from "../shared/errors.ts";
import { badRequest } from "../shared/host_header.ts";
import { clientUnknown, watchSignal, whereOf } from "../shared/http.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { cutOffBy, toListenError } from "./errors.ts";
import { BodiesInFlight } from "./http_bodies.ts";
import { hasHost } from "./http_host.ts";
import { OwnConnections } from "./http_connections.ts";
import { ParkedRequests, unavailable } from "./http_parked.ts";
import { DenoServer } from "./http_server.ts";
import type { Dispatch, HttpSource, SourceEvents } from "./http_source.ts";
import { type ServeConnection, serveConnection } from "./internals.ts";
import { DenoWebSockets } from "./web_socket.ts";

/** Milliseconds that a server waits for the end of what it has cut. */
const CUT_TIME = 100;

type Info = Deno.ServeHandlerInfo<Deno.Addr>;

/** Listens; by `Deno.serve` if Deno does not give what puts HTTP on a connection, or the platform chooses where to listen. */
export function serveHttp(
  options: HttpListenOptions,
  serve: ServeConnection | null = isPlaced() ? null : serveConnection,
): HttpListener {
  const { path, tls, reusePort } = options;
  // Quirk `reuse-port-flag`. The flag also lets it have this function.
  if (reusePort && typeof (Deno as { listenDatagram?: unknown }).listenDatagram !== "function") {
    throw new NotSupportedError("Cannot share a port on Deno without its flag: run it with --unstable-net.");
  }
  if (path !== undefined && tls !== undefined) {
    throw new NotSupportedError(
      "Cannot serve HTTPS on a Unix socket on Deno: it has no TLS there. Leave tls out, or serve on a port.",
    );
  }
  try {
    return new DenoListener(options, serve);
  } catch (error) {
    throw toListenError(error, whereOf(options));
  }
}

/** Whether `Deno.serve` listens somewhere else than it is told to, as platforms do that run programs of others. */
function isPlaced(): boolean {
  const variable = "DENO_SERVE_ADDRESS";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" && Deno.env.get(variable) !== undefined;
}

class DenoListener implements HttpListener {
  readonly addr: HttpAddress;
  readonly #secure: boolean;
  readonly #handler: HttpListenOptions["handler"];
  readonly #source: HttpSource;
  readonly #parked = new ParkedRequests((response, request, info, lane) => {
    if (this.#webSockets.isAnswering) this.#webSockets.answers(response, lane);
    const ready = this.#bodies.send(response, request, info, lane);
    lane.ends();
    return ready;
  });
  readonly #bodies: BodiesInFlight;
  readonly #webSockets = new DenoWebSockets();
  /** Those that may be of HTTP/2: no header tells their host. */
  readonly #hostless = new WeakSet<Request>();
  readonly #aborted = Promise.withResolvers<void>();
  #isAborted = false;
  #closing = false;
  #isClosed = false;
  #last: unknown = null;

  constructor(options: HttpListenOptions, serve: ServeConnection | null) {
    const { path, handler, failed = sendFailed, acceptFailed = console.error } = options;
    this.#handler = handler;
    this.#secure = options.tls !== undefined;
    this.#bodies = new BodiesInFlight(failed, serve === null);
    const events: SourceEvents = { failed: (error) => failed(error, undefined), acceptFailed };
    this.#source = serve === null
      ? new DenoServer(options, this.#dispatch, events)
      : new OwnConnections(serve, options, this.#dispatch, events, () => this.#webSockets.apart);
    // Of a Unix socket Deno tells the name that its file was made under.
    this.addr = path === undefined ? toAddress(this.#source.addr) : { transport: "unix", path };
  }

  readonly #noteHostless = (request: Request): void => void this.#hostless.add(request);

  readonly #dispatch: Dispatch = (request, info, lane) => {
    if (this.#closing || !hasHost(request, this.addr, this.#secure, this.#noteHostless)) {
      lane.answered();
      return this.#closing ? unavailable() : badRequest();
    }
    const response = this.#handler(request, info, this.#parked);
    if (!(response instanceof Promise)) return this.#bodies.send(response, request, info, lane);
    lane.begins();
    return this.#parked.park(response, request, info, lane);
  };

  get pending(): number {
    return this.#parked.size + this.#bodies.size;
  }

  // A client that leaves may not be seen: quirk `unseen-leave`. The caller stops watching before it answers: quirk `late-abort`. Without its flag no-legacy-abort Deno prints a hint once in the life of
  // the process; nothing but the signal tells that a client left, `info.completed` does not, so the hint is the price.
  watchClient(request: Request, _info: HttpInfo, gone: () => void): () => void {
    return watchSignal(request.signal, gone);
  }

  // Quirk `unseen-cancel`.
  mayLeaveUnseen(request: Request): boolean {
    return this.#hostless.has(request);
  }

  watchEnd(request: Request, _info: HttpInfo, ended: HttpEnded): void {
    this.#bodies.watch(request, ended);
  }

  upgradeWebSocket(request: Request, _info: HttpInfo, options: HostWebSocketOptions): Promise<Response> {
    return this.#webSockets.begin(request, options);
  }

  cutOffBy(error: unknown, _request: Request): HttpCut | null {
    return cutOffBy(error);
  }

  clientAddr(_request: Request, info: HttpInfo): HttpAddress {
    // Quirk `kind-of-servers-path`.
    if (this.addr.transport === "unix") return { transport: "unix", path: "" };
    try {
      return toAddress((info as Info).remoteAddr);
    } catch (error) {
      throw clientUnknown(error);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    const over = this.#source.close(this.#webSockets.none());
    if (this.#isAborted) this.#endSoon();
    await Promise.race([over, this.#aborted.promise]);
    this.#isClosed = true;
    clearTimeout(this.#last);
  }

  abort(): void {
    if (this.#isClosed) return;
    this.#webSockets.cut();
    // Those that wait for an answer get one, if Deno still can send it.
    if (this.#closing) this.#parked.cut();
    this.#source.cut();
    if (this.#closing) this.#bodies.cut();
    this.#isAborted = true;
    if (this.#closing) this.#endSoon();
  }

  /** What was cut is over in a moment; what cannot be cut is not waited for. */
  #endSoon(): void {
    this.#last ??= setTimeout(this.#aborted.resolve, CUT_TIME);
  }

  unref(): void {
    this.#source.unref();
  }
}

function toAddress(addr: Deno.Addr): HttpAddress {
  const { hostname, port } = addr as Deno.NetAddr;
  return { transport: "tcp", hostname, port };
}
