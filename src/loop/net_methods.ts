/**
 * The loop's methods for connections: each loads its part at the first use, so that a program without sockets does not pay for them.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { DatagramTransport } from "../io/transports.ts";
import type {
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  GetaddrinfoOptions,
  SendfileOptions,
  StartTlsOptions,
} from "../io/socket_options.ts";
import type { DatagramProtocol, StreamProtocol } from "../io/protocols.ts";
import type { AddressInfo } from "../io/socket_options.ts";
import type { Server } from "../io/server.ts";
import type { TlsOptions } from "../io/socket_options.ts";
import type { Transport } from "../io/transports.ts";
import type { HostLoop } from "./host_loop.ts";
import { Part } from "./part.ts";

const net = new Part(() => import("../net/methods.ts"));

export const createConnection = coroutine(function* createConnection(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null,
  port: number,
  options: CreateConnectionOptions,
): Coroutine<[Transport, StreamProtocol]> {
  return yield* (yield* net.load()).createConnection(loop, factory, host, port, options);
});

export const createUnixConnection = coroutine(function* createUnixConnection(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixConnectionOptions,
): Coroutine<[Transport, StreamProtocol]> {
  return yield* (yield* net.load()).createUnixConnection(loop, factory, path, options);
});

export const createServer = coroutine(function* createServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null | readonly (string | null)[],
  port: number,
  options: CreateServerOptions,
): Coroutine<Server> {
  return yield* (yield* net.load()).createServer(loop, factory, host, port, options);
});

export const createUnixServer = coroutine(function* createUnixServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixServerOptions,
): Coroutine<Server> {
  return yield* (yield* net.load()).createUnixServer(loop, factory, path, options);
});

export const createDatagramEndpoint = coroutine(function* createDatagramEndpoint(
  loop: HostLoop,
  factory: () => DatagramProtocol,
  options: CreateDatagramEndpointOptions,
): Coroutine<[DatagramTransport, DatagramProtocol]> {
  return yield* (yield* net.load()).createDatagramEndpoint(loop, factory, options);
});

export const startTls = coroutine(function* startTls(
  loop: HostLoop,
  transport: Transport,
  protocol: StreamProtocol,
  ssl: TlsOptions | true,
  options: StartTlsOptions,
): Coroutine<Transport> {
  return yield* (yield* net.load()).startTls(loop, transport, protocol, ssl, options);
});

export const sendfile = coroutine(function* sendfile(
  loop: HostLoop,
  transport: Transport,
  file: FileSource,
  options: SendfileOptions,
): Coroutine<number> {
  return yield* (yield* net.load()).sendfile(loop, transport, file, options);
});

export const getaddrinfo = coroutine(function* getaddrinfo(
  loop: HostLoop,
  host: string | null,
  port: number,
  options: GetaddrinfoOptions,
): Coroutine<AddressInfo[]> {
  return yield* (yield* net.load()).getaddrinfo(loop, host, port, options);
});

export const getnameinfo = coroutine(function* getnameinfo(
  loop: HostLoop,
  address: readonly [address: string, port: number],
): Coroutine<[host: string, service: string]> {
  return yield* (yield* net.load()).getnameinfo(loop, address);
});
