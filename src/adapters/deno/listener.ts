/**
 * Listening by `Deno.listen`, and by `node:tls` for TLS.
 *
 * `Deno.listenTls` gives out connections whose small writes wait for the answer to the one before (Nagle's algorithm, which it cannot switch
 * off), keeps the socket of a handshake that was given up (quirk `tls-given-up`), knows one certificate and asks for none.
 *
 * @module
 */

import type { HostListener, ListenEvents, SocketAddress, TcpListenOptions, UnixListenOptions } from "../net.ts";
import * as node from "../node/listener.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { toListenError, toSocketError } from "./errors.ts";
import { DenoStream, toAddress } from "./stream.ts";

/** Listens by TCP. */
// deno-lint-ignore require-await
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address: hostname, port, backlog, reusePort, tls } = options;
  // Quirk `reuse-port-flag`.
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
  readonly #accepting: AcceptLoop;

  /** Of a Unix socket Deno tells the name that its file was made under, so its address has to be given. */
  constructor(listener: Deno.Listener<Deno.Conn, Deno.Addr>, events: ListenEvents, unix?: SocketAddress) {
    this.address = unix ?? toAddress(listener.addr)!;
    this.#accepting = new AcceptLoop(listener, {
      connection(connection) {
        if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
        events.connection(new DenoStream(connection, unix ?? null));
      },
      failed: (error) => events.acceptFailed(error),
    });
  }

  close(): Promise<void> {
    this.#accepting.close();
    return this.#accepting.over;
  }
}
