/**
 * Requests by `Deno.serve`, for a Deno that has nothing better.
 *
 * @module
 */

import type { HttpListenOptions } from "../adapter.ts";
import { Outage } from "../shared/outage.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import { ACCEPT_PAUSE, acceptError, prepareReport } from "./accept_loop.ts";
import type { Dispatch, HttpLane, HttpSource, SourceEvents } from "./http_source.ts";

type Server = Deno.HttpServer<Deno.Addr>;

/** Nobody asks all of the connections together whether something is being answered. */
const EVERYBODY: HttpLane = { begins() {}, ends() {}, answered() {}, leaves() {} };

/** Listens with `Deno.serve`, and again each time that it has given up: quirk `served-once`. */
export class DenoServer implements HttpSource {
  readonly addr: Deno.Addr;
  readonly #options: HttpListenOptions;
  readonly #dispatch: Dispatch;
  readonly #events: SourceEvents;
  readonly #cut = new AbortController();
  /** The one that listens, and those that have given up and still answer on the connections that they have. */
  readonly #servers: Server[] = [];
  #isClosing = false;
  #isShut = false;
  #isRefed = true;
  readonly #outage = new Outage();
  #timer: unknown = null;

  /** Listens. */
  constructor(options: HttpListenOptions, dispatch: Dispatch, events: SourceEvents) {
    this.#options = options;
    this.#dispatch = dispatch;
    this.#events = events;
    this.addr = this.#listen(options.port, options.bindTo ?? options.path).addr;
    prepareReport();
  }

  // It cannot stop accepting alone: to be told to shut down ends WebSockets as well.
  async close(others: Promise<void>): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    await others;
    this.#isShut = true;
    await Promise.all(this.#servers.map((server) => server.shutdown().catch(() => {})));
  }

  // What it has begun to close it does not cut any more.
  cut(): void {
    if (!this.#isShut) this.#cut.abort();
  }

  unref(): void {
    this.#isRefed = false;
    for (const server of this.#servers) server.unref();
  }

  #listen(port: number, path: string | undefined): Server {
    const { hostname, tls, reusePort } = this.#options;
    const server = Deno.serve({
      ...(path === undefined ? { hostname, port, ...(reusePort ? { reusePort } : {}) } : { path }),
      ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
      signal: this.#cut.signal,
      onListen: () => {},
      onError: this.#events.failed,
    } as Deno.ServeTcpOptions, (request, info) => this.#dispatch(request, info, EVERYBODY)) as Server;
    this.#servers.push(server);
    if (!this.#isRefed) server.unref();
    server.finished.catch((error: unknown) => this.#failed(error));
    return server;
  }

  #failed(error: unknown): void {
    if (this.#isClosing || this.#cut.signal.aborted) return;
    if (this.#outage.failed()) this.#events.acceptFailed(acceptError(error));
    this.#timer = setTimeout(() => {
      try {
        const { path } = this.#options;
        // The file is that of a socket that does not listen any more.
        if (path !== undefined) Deno.removeSync(path);
        this.#listen("port" in this.addr ? this.addr.port : 0, path);
      } catch (error) {
        this.#failed(error);
      }
    }, ACCEPT_PAUSE);
  }
}
