/**
 * What the loop and streams do with sockets: the one module that `EventLoop` and the functions for streams load. Arguments are checked here,
 * when the coroutine is first stepped.
 *
 * @module
 */
import "../loop/one_part.ts";
import type { FileDescriptor } from "../adapters/descriptors.ts";
import { checkClosed } from "../core/internal.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine } from "../core/suspend.ts";
import { checkOptions } from "../core/misuse.ts";
import { checkLimit } from "../io/reader_state.ts";
import type { DatagramProtocol, StreamProtocol } from "../io/protocols.ts";
import type { AddressInfo } from "../io/socket_infos.ts";
import type {
  ConnectAcceptedSocketOptions,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  GetaddrinfoOptions,
  OpenConnectionOptions,
  OpenUnixConnectionOptions,
  SendfileOptions,
  StartServerOptions,
  StartTlsOptions,
  StartUnixServerOptions,
  StreamLimit,
  TlsOptions,
} from "../io/socket_options.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamWriter } from "../io/stream_writer.ts";
import type { DatagramTransport, Server, Transport } from "../io/transports.ts";
import { type HostLoop, requireHostLoop } from "../loop/host_loop.ts";
import {
  checkAcceptedSocket,
  checkConnection,
  checkDatagramEndpoint,
  checkFamily,
  checkFunction,
  checkHost,
  checkPair,
  checkPort,
  checkSendfile,
  checkServer,
  checkStartTls,
  checkUnixConnection,
  checkUnixServer,
} from "./check.ts";
import * as connect from "./connect.ts";
import * as datagrams from "./datagrams.ts";
import * as listen from "./listen.ts";
import { GETADDRINFO, OPEN_CONNECTION, OPEN_UNIX_CONNECTION, START_SERVER, START_UNIX_SERVER } from "./option_names.ts";
import * as pipes from "./pipes.ts";
import * as names from "./resolve.ts";
import * as files from "./sendfile.ts";
import type { SocketTransport } from "./socket_transport.ts";
import * as tls from "./start_tls.ts";
import { StreamReaderProtocol } from "./stream_reader_protocol.ts";
import type { ClientHandler } from "../loop/streams.ts";
import { TransportWriter } from "./transport_writer.ts";

/** `loop.createConnection()`. */
export function* createConnection<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  host: string | null,
  port: number,
  options: CreateConnectionOptions,
): Coroutine<[Transport, P]> {
  checkFunction(factory, "protocol factory", "createConnection");
  checkConnection(host, port, options, "createConnection");
  return yield* connect.createConnection(loop, factory, host, port, options);
}

/** `loop.createUnixConnection()`. */
export function* createUnixConnection<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  path: string,
  options: CreateUnixConnectionOptions,
): Coroutine<[Transport, P]> {
  checkFunction(factory, "protocol factory", "createUnixConnection");
  checkUnixConnection(path, options, "createUnixConnection");
  return yield* connect.createUnixConnection(loop, factory, path, options);
}

/** `loop.createServer()`. */
export function* createServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  host: string | null | readonly (string | null)[],
  port: number,
  options: CreateServerOptions,
): Coroutine<Server> {
  checkFunction(factory, "protocol factory", "createServer");
  checkServer(host, port, options, "createServer");
  return yield* listen.createServer(loop, factory, host, port, options);
}

/** `loop.createUnixServer()`. */
export function* createUnixServer(
  loop: HostLoop,
  factory: () => StreamProtocol,
  path: string,
  options: CreateUnixServerOptions,
): Coroutine<Server> {
  checkFunction(factory, "protocol factory", "createUnixServer");
  checkUnixServer(path, options, "createUnixServer");
  return yield* listen.createUnixServer(loop, factory, path, options);
}

/** `loop.createDatagramEndpoint()`. */
export function* createDatagramEndpoint<P extends DatagramProtocol>(
  loop: HostLoop,
  factory: () => P,
  options: CreateDatagramEndpointOptions,
): Coroutine<[DatagramTransport, P]> {
  checkFunction(factory, "protocol factory", "createDatagramEndpoint");
  checkDatagramEndpoint(options, "createDatagramEndpoint");
  return yield* datagrams.createDatagramEndpoint(loop, factory, options);
}

/** `loop.startTls()`. */
export function* startTls(
  loop: HostLoop,
  transport: Transport,
  protocol: StreamProtocol,
  ssl: TlsOptions | true,
  options: StartTlsOptions,
): Coroutine<Transport> {
  checkClosed(loop);
  checkStartTls(ssl, options, "startTls");
  return yield* tls.startTls(loop, transport, protocol, ssl, options);
}

/** `loop.sendfile()`. */
export function* sendfile(
  _loop: HostLoop,
  transport: Transport,
  file: FileSource,
  options: SendfileOptions,
): Coroutine<number> {
  checkSendfile(file, options);
  return yield* files.sendfile(transport, file, options);
}

/** `loop.getaddrinfo()`. */
export function* getaddrinfo(
  loop: HostLoop,
  host: string | null,
  port: number,
  options: GetaddrinfoOptions,
): Coroutine<AddressInfo[]> {
  checkOptions(options, "getaddrinfo", GETADDRINFO);
  checkHost(host, "getaddrinfo");
  checkPort(port, "getaddrinfo");
  checkFamily(options.family, "getaddrinfo");
  return yield* names.getaddrinfo(loop, host, port, options.family);
}

/** `loop.getnameinfo()`. */
export function* getnameinfo(
  loop: HostLoop,
  address: readonly [address: string, port: number],
): Coroutine<[host: string, service: string]> {
  checkPair(address, "the address", "getnameinfo");
  const [host, port] = address;
  return yield* names.getnameinfo(loop, host, port);
}

export {
  sockAccept,
  sockConnect,
  sockRecv,
  sockRecvfrom,
  sockRecvInto,
  sockSendall,
  sockSendto,
} from "./raw_sockets.ts";

/** `loop.connectReadPipe()`. */
export function* connectReadPipe<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  pipe: FileDescriptor,
): Coroutine<[Transport, P]> {
  checkFunction(factory, "protocol factory", "connectReadPipe");
  return yield* pipes.connectPipe(loop, factory, pipe, "read", "connectReadPipe");
}

/** `loop.connectWritePipe()`. */
export function* connectWritePipe<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  pipe: FileDescriptor,
): Coroutine<[Transport, P]> {
  checkFunction(factory, "protocol factory", "connectWritePipe");
  return yield* pipes.connectPipe(loop, factory, pipe, "write", "connectWritePipe");
}

/** `loop.connectAcceptedSocket()`. */
export function* connectAcceptedSocket<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  sock: FileDescriptor,
  options: ConnectAcceptedSocketOptions,
): Coroutine<[Transport, P]> {
  checkFunction(factory, "protocol factory", "connectAcceptedSocket");
  checkAcceptedSocket(options, "connectAcceptedSocket");
  return yield* pipes.connectAcceptedSocket(loop, factory, sock, options);
}

/** The class of readers is handed over: the program that has no streams has no code for them either. */
type ReaderClass = typeof StreamReader;

/** `openConnection()`. */
export function* openConnection(
  Reader: ReaderClass,
  host: string | null,
  port: number,
  options: OpenConnectionOptions,
): Coroutine<[StreamReader, StreamWriter]> {
  const loop = currentLoop("open a connection");
  checkConnection(host, port, options, "openConnection", OPEN_CONNECTION);
  checkLimit(options.limit);
  const reader = new Reader({ limit: options.limit, loop });
  const factory = () => new StreamReaderProtocol(reader, loop);
  const [transport, protocol] = yield* loop.createConnection(factory, host, port, withoutLimit(options));
  return [reader, new TransportWriter(transport as SocketTransport, protocol, reader, loop)];
}

/** `openUnixConnection()`. */
export function* openUnixConnection(
  Reader: ReaderClass,
  path: string,
  options: OpenUnixConnectionOptions,
): Coroutine<[StreamReader, StreamWriter]> {
  const loop = currentLoop("open a connection");
  checkUnixConnection(path, options, "openUnixConnection", OPEN_UNIX_CONNECTION);
  checkLimit(options.limit);
  const reader = new Reader({ limit: options.limit, loop });
  const factory = () => new StreamReaderProtocol(reader, loop);
  const [transport, protocol] = yield* loop.createUnixConnection(factory, path, withoutLimit(options));
  return [reader, new TransportWriter(transport as SocketTransport, protocol, reader, loop)];
}

/** `startServer()`. */
export function* startServer(
  Reader: ReaderClass,
  handler: ClientHandler,
  host: string | null | readonly (string | null)[],
  port: number,
  options: StartServerOptions,
): Coroutine<Server> {
  const loop = currentLoop("start a server");
  checkFunction(handler, "handler", "startServer");
  checkServer(host, port, options, "startServer", START_SERVER);
  checkLimit(options.limit);
  const { limit } = options;
  const factory = () => new StreamReaderProtocol(new Reader({ limit, loop }), loop, handler);
  return yield* loop.createServer(factory, host, port, withoutLimit(options));
}

/** `startUnixServer()`. */
export function* startUnixServer(
  Reader: ReaderClass,
  handler: ClientHandler,
  path: string,
  options: StartUnixServerOptions,
): Coroutine<Server> {
  const loop = currentLoop("start a server");
  checkFunction(handler, "handler", "startUnixServer");
  checkUnixServer(path, options, "startUnixServer", START_UNIX_SERVER);
  checkLimit(options.limit);
  const { limit } = options;
  const factory = () => new StreamReaderProtocol(new Reader({ limit, loop }), loop, handler);
  return yield* loop.createUnixServer(factory, path, withoutLimit(options));
}

/** What the loop's own methods take. */
function withoutLimit<T extends StreamLimit>({ limit: _limit, ...options }: T): Omit<T, "limit"> {
  return options;
}

/** The loop that everything of a stream belongs to. */
function currentLoop(what: string): HostLoop {
  return requireHostLoop(requireLoop(what), what);
}
