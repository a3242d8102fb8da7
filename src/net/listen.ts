/**
 * Servers for streams.
 *
 * @module
 */
import type { FileDescriptor } from "../adapters/descriptors.ts";
import type { HostListener, HostStream, ListenEvents, NetAdapter } from "../adapters/net.ts";
import { coroutine } from "../core/coroutine.ts";
import { KeyboardInterrupt, NotSupportedError, OSError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Future } from "../core/future.ts";
import { checkClosed, schedule } from "../core/internal.ts";
import { getEventLoop } from "../core/running.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import type { AddressInfo } from "../io/socket_infos.ts";
import type { CreateServerOptions, CreateUnixServerOptions, ServerOptions } from "../io/socket_options.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { Gather } from "../tasks/gathering.ts";
import { checkProtocol } from "./check_protocol.ts";
import { SHUTDOWN_TIMEOUT } from "./ending.ts";
import { numberOf } from "../loop/watches.ts";
import { loadNet } from "./load_net.ts";
import { checkFree, noteOwner } from "./descriptor_owners.ts";
import { letGo } from "./pipes.ts";
import { resolve } from "./resolve.ts";
import { SocketServer } from "./socket_server.ts";
import { SocketTransport } from "./socket_transport.ts";
import { toServerOptions } from "./tls_options.ts";
import { TransportCall } from "./transport_call.ts";
import { SocketFile } from "./unix_files.ts";

const DEFAULT_BACKLOG = 100;

/** `loop.createServer()`. */
export function* createServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null | readonly (string | null)[],
  port: number,
  options: CreateServerOptions,
): Coroutine<SocketServer> {
  const net = yield* loadNet(loop, "listen");
  if (options.fd !== undefined) return yield* listenByDescriptor(loop, net, factory, options.fd, options);
  const { family, reusePort = false, backlog = DEFAULT_BACKLOG, keepAlive = false } = options;
  const hosts = Array.isArray(host) ? host as readonly (string | null)[] : [host as string | null];
  // What gather() does, with none of its checks.
  const running = getEventLoop();
  const lookups = hosts.map((one) => running.createTask(addressesOf(net, one, port, family)));
  const found = yield* new Gather(running, lookups as Future<unknown>[], true, false);
  const addresses = new Map((found as AddressInfo[][]).flat().map((address) => [address.address, address]));
  const server = new SocketServer(loop, null);
  const events = eventsOf(server, factory, options, keepAlive);
  const tls = options.ssl ? toServerOptions(options.ssl, options.sslHandshakeTimeout) : undefined;
  const missing: OSError[] = [];
  let listening = 0;
  try {
    const wanted = [...addresses.keys()];
    for (const address of wanted) {
      try {
        const asked = net.listenTcp({ address, port, backlog, reusePort, tls }, events);
        server.listensBy(yield* fromPromise(asked, { onLate: (listener) => listener.close() }));
        listening++;
      } catch (error) {
        if (!(error instanceof OSError) || !isMissing(error)) throw error;
        missing.push(error);
        // A machine without IPv6 has addresses all the same.
        if (address === "::" && family === undefined && !addresses.has("0.0.0.0")) wanted.push("0.0.0.0");
      }
    }
    if (listening === 0) throw missing[0];
    return yield* ready(server, loop, options);
  } catch (error) {
    yield* closed(server);
    throw error;
  }
}

/** A server by the descriptor of a socket that has its address. */
function* listenByDescriptor(
  loop: HostLoop,
  net: NetAdapter,
  factory: () => StreamProtocol,
  descriptor: FileDescriptor,
  options: CreateServerOptions,
): Coroutine<SocketServer> {
  const { adoptListener } = net;
  if (adoptListener === undefined) {
    throw new NotSupportedError(
      `Cannot listen by a descriptor on "${loop.adapter.name}": it takes none of others. Give a host and a port.`,
    );
  }
  const { backlog = DEFAULT_BACKLOG, keepAlive = false } = options;
  const server = new SocketServer(loop, null);
  const events = eventsOf(server, factory, options, keepAlive);
  const tls = options.ssl ? toServerOptions(options.ssl, options.sslHandshakeTimeout) : undefined;
  try {
    const fd = numberOf(descriptor, "createServer");
    checkFree(loop, fd);
    const asked = adoptListener.call(net, { fd, backlog, tls }, events).then((listener) => {
      letGo(descriptor, fd);
      return listener;
    });
    server.listensBy(yield* fromPromise(asked, { onLate: (listener) => listener.close() }));
    noteOwner(loop, server, fd);
    return yield* ready(server, loop, options);
  } catch (error) {
    yield* closed(server);
    throw error;
  }
}

/** `loop.createUnixServer()`. */
export function* createUnixServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixServerOptions,
): Coroutine<SocketServer> {
  const net = yield* loadNet(loop, "listen on a Unix socket");
  if (net.listenUnix === undefined) {
    throw new NotSupportedError(
      `Cannot listen on a Unix socket on "${loop.adapter.name}": use TCP on 127.0.0.1 there.`,
    );
  }
  const { backlog = DEFAULT_BACKLOG, cleanupSocket = true } = options;
  const file = yield* fromPromise(SocketFile.at(path, net.socketFiles));
  const server = new SocketServer(loop, cleanupSocket ? file.remove : null);
  const tls = options.ssl ? toServerOptions(options.ssl, options.sslHandshakeTimeout) : undefined;
  const events = eventsOf(server, factory, options, false);
  const asked = net.listenUnix({ path, bindTo: file.bindTo, backlog, tls }, events).then((listener) => {
    try {
      file.settle();
    } catch (error) {
      listener.close();
      throw error;
    }
    return listener;
  });
  try {
    const onLate = (listener: HostListener): void => {
      file.remove();
      listener.close();
    };
    server.listensBy(yield* fromPromise(asked, { onLate }));
    return yield* ready(server, loop, options);
  } catch (error) {
    yield* closed(server);
    throw error;
  }
}

/** All its addresses are bound: begins to accept, unless that is for later. */
function* ready(server: SocketServer, loop: HostLoop, options: ServerOptions): Coroutine<SocketServer> {
  checkClosed(loop);
  if (options.startServing !== false) yield* server.startServing();
  return server;
}

/** Something has failed: the addresses that the server had are free before the error is thrown. */
function* closed(server: SocketServer): Coroutine<void> {
  server.close();
  yield* server.waitClosed();
}

/** No host is every address of the machine: one socket for both families, or one for IPv4 where there is no other. */
const addressesOf = /* @__PURE__ */ coroutine(function* addressesOf(
  net: NetAdapter,
  host: string | null,
  port: number,
  family: CreateServerOptions["family"],
): Coroutine<AddressInfo[]> {
  if (host !== null && host !== "") return yield* resolve(net, host, port, family);
  if (family === "ipv4") return [{ family, address: "0.0.0.0", port }];
  return [{ family: "ipv6", address: "::", port }];
});

/** Whether the machine lacks the address, so that the others are enough. */
function isMissing(error: OSError): boolean {
  return error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT";
}

/** What listeners tell, as the server takes it. */
function eventsOf(
  server: SocketServer,
  factory: () => StreamProtocol,
  options: ServerOptions,
  keepAlive: boolean,
): ListenEvents {
  const loop = server.loop;
  const { sslShutdownTimeout = SHUTDOWN_TIMEOUT } = options;
  server.onConnection = (transport) => {
    // From now on it counts: a server that is closed before the next step waits for it.
    transport.server = server;
    server.attach(transport);
    schedule(loop, new TransportCall(transport, "accepting a connection", () => begin(server, transport, factory)));
  };
  return {
    connection(host: HostStream) {
      if (loop.isClosed()) return host.abort();
      if (keepAlive) host.setKeepAlive(true);
      const transport = new SocketTransport(loop, host, server.vars);
      transport.ending.shutdownTimeout = sslShutdownTimeout;
      server.admit(transport);
    },
    handshakeFailed(exception) {
      if (loop.getDebug()) {
        loop.callExceptionHandler({ message: "The TLS handshake of a client failed", exception, server });
      }
    },
    acceptFailed(exception) {
      loop.callExceptionHandler({
        message: "Cannot accept connections for want of system resources",
        exception,
        server,
      });
    },
  };
}

/** A connection gets its protocol. One that cannot have it is nobody's but its client's problem, so it is told in debug mode alone. */
function begin(server: SocketServer, transport: SocketTransport, factory: () => StreamProtocol): void {
  const refuse = (): void => {
    transport.discard();
    server.detach(transport);
  };
  // Its server has closed it meanwhile.
  if (transport.isClosing()) return refuse();
  let protocol: StreamProtocol;
  try {
    protocol = factory();
    checkProtocol(protocol);
  } catch (exception) {
    refuse();
    if (exception instanceof KeyboardInterrupt) throw exception;
    const loop = server.loop;
    if (loop.getDebug()) {
      loop.callExceptionHandler({
        message: "Error on transport creation for incoming connection",
        exception,
        transport,
      });
    }
    return;
  }
  transport.begin(protocol, null);
}
