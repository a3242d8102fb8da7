/**
 * Listening by `Bun.listen`, with TLS if asked for.
 *
 * @module
 */

import type {
  HostListener,
  ListenEvents,
  SocketAddress,
  TcpListenOptions,
  TlsServerOptions,
  UnixListenOptions,
} from "../net.ts";
import * as node from "../node/listener.ts";
import { toSocketError } from "../node/socket_errors.ts";
import { toAddress } from "../node/stream.ts";
import { FullWatch } from "../shared/full_watch.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { toListenError } from "./errors.ts";
import { Handshake, HANDSHAKE_TIMEOUT, judgeClient, toServerTls } from "./handshake.ts";
import { BunStream, HANDLERS, type StreamEnds, tcpEnds } from "./stream.ts";
import { bun, type BunListener, type BunListenOptions, type BunSocket } from "./types.ts";

/** Listens by TCP. Bun has a backlog of its own. */
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address: hostname, port, reusePort, tls } = options;
  // Bun's own listener knows one certificate.
  if (tls?.identities !== undefined) return await node.listenTcp(options, events);
  const listening = new Listening(events, tcpEnds, tls, true);
  try {
    const listener = listening.listen({ hostname, port, reusePort });
    listening.address = toAddress(listener.hostname, listener.port)!;
  } catch (error) {
    throw await toListenError(error, { hostname, port });
  }
  return listening;
}

/** Listens on a Unix domain socket. Bun removes the file when it closes. */
export async function listenUnix(options: UnixListenOptions, events: ListenEvents): Promise<HostListener> {
  const { path, bindTo = path, tls } = options;
  if (tls?.identities !== undefined) return await node.listenUnix(options, events);
  const address: SocketAddress = { family: "unix", path };
  const ends: StreamEnds = { localAddress: address, remoteAddress: { family: "unix", path: "" } };
  const listening = new Listening(events, () => ends, tls, false);
  try {
    listening.listen({ unix: bindTo });
  } catch (error) {
    throw toSocketError(`Cannot listen on ${formatSocketAddress(address)}`, error, path);
  }
  listening.address = address;
  return listening;
}

type Where = { readonly unix: string } | {
  readonly hostname: string;
  readonly port: number;
  readonly reusePort: boolean;
};

class Listening implements HostListener {
  address!: SocketAddress;
  readonly #events: ListenEvents;
  readonly #ends: (socket: BunSocket) => StreamEnds;
  readonly #tls: TlsServerOptions | undefined;
  readonly #tcp: boolean;
  readonly #handshakes = new Set<Handshake>();
  readonly #full: FullWatch;
  #listener: BunListener | null = null;

  constructor(
    events: ListenEvents,
    ends: (socket: BunSocket) => StreamEnds,
    tls: TlsServerOptions | undefined,
    tcp: boolean,
  ) {
    this.#events = events;
    this.#full = new FullWatch((error) => events.acceptFailed(error));
    this.#ends = ends;
    this.#tls = tls;
    this.#tcp = tcp;
  }

  listen(where: Where): BunListener {
    const tls = this.#tls === undefined ? {} : { tls: toServerTls(this.#tls) };
    const open = (socket: BunSocket): void => this.#opened(socket);
    const options: BunListenOptions = { ...where, ...tls, allowHalfOpen: true, socket: { ...HANDLERS, open } };
    return this.#listener = bun().listen(options);
  }

  close(): void {
    this.#listener?.stop();
    this.#listener = null;
    for (const handshake of this.#handshakes) handshake.close();
  }

  #opened(socket: BunSocket): void {
    this.#full.accepted(socket.fd);
    if (this.#tcp) socket.setNoDelay(true);
    if (this.#tls === undefined) {
      const stream = new BunStream(socket, this.#ends(socket), null);
      if (this.#listener === null) stream.abort();
      else this.#events.connection(stream);
      return;
    }
    const handshake = new Handshake(judgeClient(this.#tls));
    this.#handshakes.add(handshake);
    socket.data = handshake;
    handshake.begin(socket, this.#ends(socket), this.#tls.handshakeTimeout ?? HANDSHAKE_TIMEOUT);
    handshake.done.then((stream) => {
      this.#handshakes.delete(handshake);
      if (this.#listener === null) stream.abort();
      else this.#events.connection(stream);
    }, (error) => {
      this.#handshakes.delete(handshake);
      if (this.#listener !== null) this.#events.handshakeFailed(error);
    });
  }
}
