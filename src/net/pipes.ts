/**
 * Descriptors of others as transports: pipes, connections that were accepted elsewhere, sockets that were inherited.
 *
 * @module
 */
import type { FileDescriptor } from "../adapters/descriptors.ts";
import type { HostStream, NetAdapter } from "../adapters/net.ts";
import { snapshotVars } from "../core/context.ts";
import { NotSupportedError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import { checkClosed } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import type { ConnectAcceptedSocketOptions } from "../io/socket_options.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { numberOf } from "../loop/watches.ts";
import { checkProtocol } from "./check_protocol.ts";
import { checkFree, noteOwner } from "./descriptor_owners.ts";
import { loadNet } from "./load_net.ts";
import { OneWayTransport } from "./one_way_transport.ts";
import { SocketTransport } from "./socket_transport.ts";
import { upgrade } from "./start_tls.ts";
import { toServerOptions } from "./tls_options.ts";

/** `loop.connectReadPipe()` and `loop.connectWritePipe()`. */
export function* connectPipe<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  pipe: FileDescriptor,
  direction: "read" | "write",
  where: string,
): Coroutine<[SocketTransport, P]> {
  const net = yield* loadNet(loop, "use a pipe");
  const fd = numberOf(pipe, where);
  const adopt = require(net.adoptPipe, loop, where);
  checkFree(loop, fd);
  const vars = snapshotVars();
  const asked = adopt.call(net, fd, direction).then((host) => {
    letGo(pipe, fd);
    return new OneWayTransport(loop, host, direction, vars);
  });
  return yield* begin(loop, factory, fd, asked);
}

/** `loop.connectAcceptedSocket()`. */
export function* connectAcceptedSocket<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  sock: FileDescriptor,
  options: ConnectAcceptedSocketOptions,
): Coroutine<[SocketTransport, P]> {
  const where = "connectAcceptedSocket";
  const net = yield* loadNet(loop, "use a socket");
  const fd = numberOf(sock, where);
  const adopt = require(net.adoptStream, loop, where);
  checkFree(loop, fd);
  const { ssl, sslHandshakeTimeout, sslShutdownTimeout } = options;
  const tls = ssl && toServerOptions(ssl, Infinity);
  const vars = snapshotVars();
  const secure = tls && ((plain: SocketTransport) => {
    const begin = (host: HostStream, pending: Uint8Array) => upgradeOf(net, loop)(host, tls, pending);
    return upgrade(plain, begin, null, sslHandshakeTimeout, sslShutdownTimeout);
  });
  const asked = adopt.call(net, fd, null).then((host) => {
    letGo(sock, fd);
    return new SocketTransport(loop, host, vars);
  });
  return yield* begin(loop, factory, fd, asked, secure);
}

/**
 * Has whoever owned the descriptor let go of it, since it is a transport's or a server's from now on. Not before: if that fails, the descriptor is still
 * its owner's, who may close it or use it for something else.
 */
export function letGo(descriptor: FileDescriptor, fd: number): void {
  if (typeof descriptor !== "object" || descriptor.fd !== fd) return;
  (descriptor as { detach?(): number }).detach?.();
}

function* begin<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  fd: number,
  asked: Promise<SocketTransport>,
  secure?: (plain: SocketTransport) => Coroutine<SocketTransport>,
): Coroutine<[SocketTransport, P]> {
  const plain = yield* fromPromise(asked, { onLate: (transport) => transport.discard() });
  noteOwner(loop, plain, fd);
  let protocol: P;
  try {
    checkClosed(loop);
    protocol = factory();
    checkProtocol(protocol);
  } catch (error) {
    plain.discard();
    throw error;
  }
  const transport = secure === undefined ? plain : yield* secure(plain);
  noteOwner(loop, transport, fd);
  loop.noteOpen(transport);
  const waiter = loop.createFuture<void>();
  transport.begin(protocol, waiter);
  try {
    yield* waiter;
  } catch (error) {
    transport.ending.close();
    throw error;
  }
  return [transport, protocol];
}

function require<T>(method: T | undefined, loop: HostLoop, where: string): T {
  if (method !== undefined) return method;
  throw new NotSupportedError(
    `Cannot call ${where}() on "${loop.adapter.name}": it takes none of others. Make the loop with ` +
      "selectorAdapter() of @loop/asyncio/selector (Linux; Bun, or Deno with --allow-ffi).",
  );
}

function upgradeOf(net: NetAdapter, loop: HostLoop): NonNullable<NetAdapter["upgradeTlsServer"]> {
  return require(net.upgradeTlsServer, loop, "connectAcceptedSocket").bind(net);
}
