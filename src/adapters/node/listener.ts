/**
 * Listening by `node:net`, with TLS if asked for.
 *
 * @module
 */

import type {
  AdoptedListenOptions,
  HostListener,
  ListenEvents,
  SocketAddress,
  TcpListenOptions,
  TlsServerOptions,
  UnixListenOptions,
} from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { FullWatch } from "../shared/full_watch.ts";
import { cannotListen, closedDescriptor, heldByRuntime, noSocket } from "../shared/descriptors.ts";
import { formatSocketAddress, socketError } from "../shared/socket_errors.ts";
import { requestListening, toListenError } from "./errors.ts";
import { kindOfDescriptor } from "./descriptor_kind.ts";
import { requestPath } from "./permissions.ts";
import { toSocketError } from "./socket_errors.ts";
import { NodeStream, type StreamEnds, tcpEnds, toAddress, unixEnds } from "./stream.ts";
import { loadTls, TlsAcceptor } from "./tls.ts";
import type { NetListenOptions, NetServer, NetSocket, NodeNet } from "./types.ts";
import { fileOf, handleOf } from "./undocumented.ts";

/** Listens by TCP. */
export async function listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
  const { address, port, backlog, reusePort } = options;
  const where = { hostname: address, port };
  await requestListening(where);
  const server = new Listening(await load(), events, tcpEnds, options.tls && await makeAcceptor(options.tls));
  try {
    await server.listen({ host: address, port, backlog, ...(reusePort ? { reusePort } : {}) });
  } catch (error) {
    throw await toListenError(error, where);
  }
  return server;
}

/** Listens on a Unix domain socket. */
export async function listenUnix(options: UnixListenOptions, events: ListenEvents): Promise<HostListener> {
  const { path, bindTo = path, backlog, tls } = options;
  const what = `Cannot listen on ${formatSocketAddress({ family: "unix", path })}`;
  await requestPath(what, bindTo);
  const ends = (socket: NetSocket): StreamEnds => unixEnds(socket, path, "server");
  const server = new Listening(await load(), events, ends, tls && await makeAcceptor(tls), { family: "unix", path });
  try {
    await server.listen({ path: bindTo, backlog });
  } catch (error) {
    // Quirk `listen-directory`.
    if (codeOf(error) === "EACCES" && !await hasDirectory(path)) throw socketError(what, "ENOENT", error);
    throw toSocketError(what, error, path);
  }
  return server;
}

/** Listens by the descriptor of a socket that has its address. */
export async function listenByDescriptor(options: AdoptedListenOptions, events: ListenEvents): Promise<HostListener> {
  const { fd, backlog, tls } = options;
  const kind = await kindOfDescriptor(fd);
  if (kind === "closed") throw closedDescriptor(fd, kind);
  if (kind !== "socket" && kind !== "unknown") throw noSocket(`Cannot listen by descriptor ${fd}`, kind);
  const ends = (socket: NetSocket): StreamEnds => {
    return socket.remoteAddress === undefined ? unixEnds(socket, pathOf(server.address), "server") : tcpEnds(socket);
  };
  const server = new Listening(await load(), events, ends, tls && await makeAcceptor(tls));
  try {
    await server.listen({ fd, backlog });
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? heldByRuntime(fd, error) : cannotListen(fd, codeOf(error), error);
  }
  return server;
}

function pathOf(address: SocketAddress): string {
  return address.family === "unix" ? address.path : "";
}

async function load(): Promise<NodeNet> {
  return await loadBuiltin<NodeNet>("node:net");
}

async function makeAcceptor(options: TlsServerOptions): Promise<TlsAcceptor> {
  return new TlsAcceptor(await loadTls(), options);
}

async function hasDirectory(path: string): Promise<boolean> {
  const { stat } = await loadBuiltin<{ stat(path: string): Promise<unknown> }>("node:fs/promises");
  return await stat(path.slice(0, path.lastIndexOf("/") + 1) || ".").then(() => true, () => false);
}

class Listening implements HostListener {
  #backlog = 0;
  readonly #server: NetServer;
  readonly #events: ListenEvents;
  readonly #acceptor: TlsAcceptor | undefined;
  readonly #ends: (socket: NetSocket) => StreamEnds;
  #address: SocketAddress | undefined;
  readonly #full: FullWatch;
  #unwatch: () => void = () => {};
  #closed = false;

  constructor(
    net: NodeNet,
    events: ListenEvents,
    ends: (socket: NetSocket) => StreamEnds,
    acceptor: TlsAcceptor | undefined,
    address?: SocketAddress,
  ) {
    this.#events = events;
    this.#full = new FullWatch((error) => events.acceptFailed(error));
    this.#ends = ends;
    this.#acceptor = acceptor;
    this.#address = address;
    const options = { allowHalfOpen: true, noDelay: address === undefined };
    this.#server = net.createServer(options, (socket) => this.#accepted(socket));
  }

  get address(): SocketAddress {
    return this.#address!;
  }

  /** Resolves once it listens; rejects with what Node says otherwise. */
  async listen(options: NetListenOptions): Promise<void> {
    const server = this.#server;
    this.#backlog = options.backlog;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(options, resolve);
    await promise;
    server.removeListener("error", reject);
    server.on("error", (error: unknown) => {
      if (!this.#closed) this.#events.acceptFailed(toSocketError("Cannot accept a connection", error));
    });
    if ("Deno" in globalThis) this.#unwatch = this.#full.look(this.#listenOn);
    const taken = server.address();
    const found = typeof taken === "object" && taken !== null ? toAddress(taken.address, taken.port) : null;
    // Of a Unix socket that was inherited some runtimes know no path, for which Bun has an object without anything in it.
    this.#address = found ?? this.#address ?? { family: "unix", path: typeof taken === "string" ? taken : "" };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    this.#server.close();
    this.#acceptor?.abort();
  }

  /**
   * Deno's quirk `deaf-after-emfile`. To listen again wakes it, and changes nothing otherwise; when a connection has closed a file is free,
   * and from time to time one of something else may be.
   */
  readonly #listenOn = (): void => {
    if (!this.#closed) handleOf<{ listen(backlog: number): unknown }>(this.#server)?.listen?.(this.#backlog);
  };

  #accepted(socket: NetSocket): void {
    this.#full.accepted(fileOf(socket));
    const ends = this.#ends(socket);
    if ("Deno" in globalThis) socket.once("close", this.#listenOn);
    if (this.#closed) {
      socket.destroy();
    } else if (this.#acceptor === undefined) {
      this.#events.connection(new NodeStream(socket, ends, null));
    } else {
      this.#acceptor.accept(socket, ends).then((stream) => {
        if (this.#closed) stream.abort();
        else this.#events.connection(stream);
      }, (error) => {
        if (!this.#closed) this.#events.handshakeFailed(error);
      });
    }
  }
}
