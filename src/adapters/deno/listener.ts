/**
 * Listening by `Deno.listen`, and by `Deno.listenTls` for TLS.
 *
 * @module
 */

import type { HostListener, ListenEvents, SocketAddress, TcpListenOptions, TlsServerOptions } from "../net.ts";
import * as node from "../node/listener.ts";
import { formatSocketAddress, tlsError } from "../shared/socket_errors.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import { toListenError } from "./errors.ts";
import { toSocketError, toTlsError } from "./socket_errors.ts";
import { DenoStream, toAddress } from "./stream.ts";

/** How long accepting rests after it failed, in milliseconds: what it wants is not there sooner for being asked for at once. */
const ACCEPT_PAUSE = 100;

/** How long a client may take for its handshake, in milliseconds; CPython gives it as long. */
const HANDSHAKE_TIMEOUT = 60_000;

/** Listens by TCP. */
// deno-lint-ignore require-await
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address: hostname, port, backlog, reusePort, tls } = options;
  // Deno ends the program that asks it for a shared port without a flag, and its TLS knows one certificate and asks for none.
  if (reusePort || (tls !== undefined && !isSimple(tls))) return node.listenTcp(options, events);
  try {
    const where = { hostname, port, tcpBacklog: backlog };
    const listener = tls === undefined ? Deno.listen(where) : Deno.listenTls({ ...where, ...toDenoTls(tls) });
    return new DenoListener(listener, events);
  } catch (error) {
    throw toListenError(error, { hostname, port });
  }
}

/** Listens on a Unix domain socket. Deno has a backlog of its own there, and removes the file when it closes. */
// deno-lint-ignore require-await
export async function listenUnix(
  path: string,
  backlog: number,
  events: ListenEvents,
  tls?: TlsServerOptions,
): Promise<HostListener> {
  if (tls !== undefined) return node.listenUnix(path, backlog, events, tls);
  try {
    return new DenoListener(Deno.listen({ transport: "unix", path }), events);
  } catch (error) {
    throw toSocketError(`Cannot listen on ${formatSocketAddress({ family: "unix", path })}`, error, path);
  }
}

function isSimple({ clientCa, identities }: TlsServerOptions): boolean {
  return clientCa === undefined && identities === undefined;
}

function toDenoTls({ cert, key, alpnProtocols = [] }: TlsServerOptions): Deno.TlsCertifiedKeyPem & {
  alpnProtocols?: string[];
} {
  return { cert, key, ...(alpnProtocols.length === 0 ? {} : { alpnProtocols: [...alpnProtocols] }) };
}

class DenoListener implements HostListener {
  readonly address: SocketAddress;
  readonly #listener: Deno.Listener<Deno.Conn, Deno.Addr>;
  readonly #events: ListenEvents;
  readonly #handshakes = new Set<Deno.TlsConn>();
  #closed = false;
  #rest: (() => void) | null = null;

  constructor(listener: Deno.Listener<Deno.Conn, Deno.Addr>, events: ListenEvents) {
    this.#listener = listener;
    this.#events = events;
    this.address = toAddress(listener.addr)!;
    void this.#accept();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#rest?.();
    for (const conn of this.#handshakes) conn.close();
    this.#handshakes.clear();
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      let conn: Deno.Conn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        this.#events.acceptFailed(toSocketError("Cannot accept a connection", error));
        await this.#pause();
        continue;
      }
      if (this.#closed) conn.close();
      else if ("handshake" in conn) void this.#shakeHands(conn as Deno.TlsConn);
      else this.#connected(conn);
    }
  }

  #connected(conn: Deno.Conn): void {
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
    this.#events.connection(new DenoStream(conn, null));
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ACCEPT_PAUSE);
    this.#rest = resolve;
    await promise;
    this.#rest = null;
    clearTimeout(timer);
  }

  async #shakeHands(conn: Deno.TlsConn): Promise<void> {
    this.#handshakes.add(conn);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      conn.close();
    }, HANDSHAKE_TIMEOUT);
    try {
      const { alpnProtocol } = await conn.handshake();
      if (this.#handshakes.delete(conn)) this.#events.connection(new DenoStream(conn, { alpnProtocol }));
    } catch (error) {
      if (!this.#handshakes.delete(conn)) return;
      if (!late) conn.close();
      this.#events.handshakeFailed(
        late
          ? tlsError(false, new Error("the handshake took longer than a minute", { cause: error }))
          : toTlsError(error),
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
