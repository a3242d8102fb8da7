/**
 * Listening by `Deno.listen`, and by `node:tls` for TLS.
 *
 * `Deno.listenTls` gives out connections whose small writes wait for the answer to the one before (Nagle's algorithm, which it cannot switch
 * off), keeps the socket of a handshake that was given up for as long as the client likes, knows one certificate and asks for none.
 *
 * @module
 */

import type { HostListener, ListenEvents, SocketAddress, TcpListenOptions, UnixListenOptions } from "../net.ts";
import * as node from "../node/listener.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { clearTimeout, setTimeout } from "../shared/timers.ts";
import { codeOf, toListenError } from "./errors.ts";
import { toSocketError } from "./socket_errors.ts";
import { DenoStream, toAddress } from "./stream.ts";

/** How long accepting rests after it failed, in milliseconds: what it wants is not there sooner for being asked for at once. */
const ACCEPT_PAUSE = 100;

/** What accepting fails with if a client has gone between its connection and here: one is lost, and nothing is wrong. */
const CLIENT_GONE: ReadonlySet<string> = new Set(["ENOTCONN", "ECONNABORTED", "ECONNRESET"]);

/** Listens by TCP. */
// deno-lint-ignore require-await
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address: hostname, port, backlog, reusePort, tls } = options;
  // Deno ends the program that asks it for a shared port without a flag.
  if (reusePort || tls !== undefined) return node.listenTcp(options, events);
  try {
    return new DenoListener(Deno.listen({ hostname, port, tcpBacklog: backlog }), events);
  } catch (error) {
    throw toListenError(error, { hostname, port });
  }
}

/** Listens on a Unix domain socket. Deno has a backlog of its own there, and removes the file when it closes. */
// deno-lint-ignore require-await
export async function listenUnix(options: UnixListenOptions, events: ListenEvents): Promise<HostListener> {
  const { path, bindTo = path, tls } = options;
  if (tls !== undefined) return node.listenUnix(options, events);
  const address: SocketAddress = { family: "unix", path };
  try {
    return new DenoListener(Deno.listen({ transport: "unix", path: bindTo }), events, address);
  } catch (error) {
    throw toSocketError(`Cannot listen on ${formatSocketAddress(address)}`, error, path);
  }
}

class DenoListener implements HostListener {
  readonly address: SocketAddress;
  readonly #listener: Deno.Listener<Deno.Conn, Deno.Addr>;
  readonly #events: ListenEvents;
  /** Over once the last accept is: Deno lets the address go no sooner. */
  readonly #accepting: Promise<void>;
  #closed = false;
  #rest: (() => void) | null = null;

  /** Of a Unix socket Deno tells the name that its file was made under, so its address has to be given. */
  constructor(listener: Deno.Listener<Deno.Conn, Deno.Addr>, events: ListenEvents, unix?: SocketAddress) {
    this.#listener = listener;
    this.#events = events;
    this.address = unix ?? toAddress(listener.addr)!;
    this.#accepting = this.#accept();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#listener.close();
      this.#rest?.();
    }
    return this.#accepting;
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      let conn: Deno.Conn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        if (CLIENT_GONE.has(codeOf(error))) continue;
        this.#events.acceptFailed(toSocketError("Cannot accept a connection", error));
        await this.#pause();
        continue;
      }
      if (this.#closed) conn.close();
      else this.#connected(conn);
    }
  }

  #connected(conn: Deno.Conn): void {
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
    this.#events.connection(new DenoStream(conn, this.address.family === "unix" ? this.address : null));
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ACCEPT_PAUSE);
    this.#rest = resolve;
    await promise;
    this.#rest = null;
    clearTimeout(timer);
  }
}
