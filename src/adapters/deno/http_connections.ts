/**
 * A listener of the adapter's own, whose connections Deno speaks HTTP on.
 *
 * @module
 */

import { LinkedList } from "../../core/lists.ts";
import type { HttpListenOptions } from "../adapter.ts";
import { clearInterval, setInterval } from "../shared/timers.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { type ConnectionOwner, DenoConnection } from "./http_connection.ts";
import type { Dispatch, HttpSource, SourceEvents } from "./http_source.ts";
import type { ServeConnection } from "./internals.ts";

/** The longest time between two looks at the connections, in milliseconds, and the shortest. */
const [LAST_LOOK, FIRST_LOOK] = [5_000, 10];

/** Listens, and puts HTTP on each connection by this. */
export class OwnConnections implements HttpSource, ConnectionOwner {
  tick = 0;
  isClosing = false;
  readonly dispatch: Dispatch;
  readonly failed: SourceEvents["failed"];
  readonly #serve: ServeConnection;
  readonly #listener: Deno.Listener<Deno.Conn, Deno.Addr>;
  readonly #connections = new LinkedList<DenoConnection>();
  readonly #most: number;
  /** After so many ticks a connection has waited too long for its first request, or for a further one. */
  readonly #headTicks: number;
  readonly #idleTicks: number;
  readonly #looks: unknown;
  readonly #accepting: AcceptLoop;
  /** How many connections there are that speak HTTP no more, and count as well. */
  readonly #others: () => number;
  #isRefed = true;
  #onNone: (() => void) | null = null;

  /** Listens. */
  constructor(
    serve: ServeConnection,
    options: HttpListenOptions,
    dispatch: Dispatch,
    events: SourceEvents,
    others: () => number,
  ) {
    const { headTimeout = Infinity, keepAliveTimeout = Infinity, maxConnections = Infinity } = options;
    this.#serve = serve;
    this.dispatch = dispatch;
    this.failed = events.failed;
    this.#others = others;
    this.#most = maxConnections;
    const shortest = Math.min(headTimeout, keepAliveTimeout);
    const look = Math.min(LAST_LOOK, Math.max(FIRST_LOOK, Math.ceil(shortest / 10)));
    // The tick that a connection comes in has begun already.
    this.#headTicks = Math.ceil(headTimeout / look) + 1;
    this.#idleTicks = Math.ceil(keepAliveTimeout / look) + 1;
    this.#listener = listen(options);
    this.#looks = shortest === Infinity ? null : setInterval(this.#look, look);
    this.#accepting = new AcceptLoop(this.#listener, {
      connection: (connection) => this.#accepted(connection),
      failed: events.acceptFailed,
    });
  }

  get addr(): Deno.Addr {
    return this.#listener.addr;
  }

  async close(others: Promise<void>): Promise<void> {
    this.#stop();
    for (const connection of this.#connections.toArray()) connection.close();
    // The port is taken until the accept that was going on has heard of it.
    await this.#accepting.over;
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#onNone = resolve);
    await others;
  }

  cut(): void {
    this.#stop();
    for (const connection of this.#connections.toArray()) connection.cut();
  }

  unref(): void {
    this.#isRefed = false;
    this.#listener.unref();
    for (const connection of this.#connections.toArray()) connection.unref();
  }

  ended(connection: DenoConnection): void {
    this.#connections.remove(connection.place);
    if (this.#connections.size === 0) this.#onNone?.();
  }

  #stop(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    clearInterval(this.#looks);
    this.#accepting.close();
  }

  #accepted(connection: Deno.Conn): void {
    if (this.#connections.size + this.#others() >= this.#most) return connection.close();
    const served = new DenoConnection(this.#serve, connection, this);
    served.place = this.#connections.add(served);
    if (!this.#isRefed) served.unref();
  }

  readonly #look = (): void => {
    this.tick++;
    for (const connection of this.#connections.toArray()) {
      if (connection.silent >= this.#headTicks) connection.cut();
      else if (connection.idle >= this.#idleTicks) connection.close();
    }
  };
}

function listen(options: HttpListenOptions): Deno.Listener<Deno.Conn, Deno.Addr> {
  const { hostname, port, path, bindTo = path, tls, reusePort } = options;
  if (bindTo !== undefined) return Deno.listen({ transport: "unix", path: bindTo });
  const where = { hostname, port, ...(reusePort ? { reusePort } : {}) };
  if (tls === undefined) return Deno.listen(where);
  return Deno.listenTls({ ...where, cert: tls.cert, key: tls.key, alpnProtocols: ["h2", "http/1.1"] });
}
