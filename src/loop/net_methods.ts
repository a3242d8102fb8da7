/**
 * The loop's methods for connections: each loads its part at the first use, so that a program without sockets does not pay for them.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { DatagramTransport } from "../net/datagram_transport.ts";
import type {
  AddressFamily,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  SendfileOptions,
  StartTlsOptions,
} from "../net/options.ts";
import type { DatagramProtocol, StreamProtocol } from "../net/protocol.ts";
import type { AddressInfo } from "../net/resolve.ts";
import type { Server } from "../net/server.ts";
import type { TlsOptions } from "../net/tls_options.ts";
import type { Transport } from "../net/transport.ts";
import type { HostLoop } from "./host_loop.ts";
import { Part } from "./part.ts";

const connecting = new Part(() => import("../net/connect.ts"));
const listening = new Part(() => import("../net/listen.ts"));
const datagrams = new Part(() => import("../net/datagrams.ts"));
const tls = new Part(() => import("../net/start_tls.ts"));
const files = new Part(() => import("../net/sendfile.ts"));
const names = new Part(() => import("../net/resolve.ts"));

export const createConnection = coroutine(function* createConnection(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null,
  port: number,
  options: CreateConnectionOptions,
): Coroutine<[Transport, StreamProtocol]> {
  return yield* (yield* connecting.load()).createConnection(loop, factory, host, port, options);
});

export const createUnixConnection = coroutine(function* createUnixConnection(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixConnectionOptions,
): Coroutine<[Transport, StreamProtocol]> {
  return yield* (yield* connecting.load()).createUnixConnection(loop, factory, path, options);
});

export const createServer = coroutine(function* createServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null | readonly (string | null)[],
  port: number,
  options: CreateServerOptions,
): Coroutine<Server> {
  return yield* (yield* listening.load()).createServer(loop, factory, host, port, options);
});

export const createUnixServer = coroutine(function* createUnixServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixServerOptions,
): Coroutine<Server> {
  return yield* (yield* listening.load()).createUnixServer(loop, factory, path, options);
});

export const createDatagramEndpoint = coroutine(function* createDatagramEndpoint(
  loop: HostLoop,
  factory: () => DatagramProtocol,
  options: CreateDatagramEndpointOptions,
): Coroutine<[DatagramTransport, DatagramProtocol]> {
  return yield* (yield* datagrams.load()).createDatagramEndpoint(loop, factory, options);
});

export const startTls = coroutine(function* startTls(
  loop: HostLoop,
  transport: Transport,
  protocol: StreamProtocol,
  ssl: TlsOptions | true,
  options: StartTlsOptions,
): Coroutine<Transport> {
  return yield* (yield* tls.load()).startTls(loop, transport, protocol, ssl, options);
});

export const sendfile = coroutine(function* sendfile(
  transport: Transport,
  file: FileSource,
  options: SendfileOptions,
): Coroutine<number> {
  return yield* (yield* files.load()).sendfile(transport, file, options);
});

export const getaddrinfo = coroutine(function* getaddrinfo(
  loop: HostLoop,
  host: string | null,
  port: number,
  family: AddressFamily | undefined,
): Coroutine<AddressInfo[]> {
  return yield* (yield* names.load()).getaddrinfo(loop, host, port, family);
});

export const getnameinfo = coroutine(function* getnameinfo(
  loop: HostLoop,
  address: string,
  port: number,
): Coroutine<[host: string, service: string]> {
  return yield* (yield* names.load()).getnameinfo(loop, address, port);
});
