/**
 * Streams: connections and servers for code that reads and writes in order.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { type HostLoop, requireHostLoop } from "../loop/host_loop.ts";
import { checkConnection, checkFunction, checkServer, checkUnixConnection, checkUnixServer } from "./check.ts";
import { CONNECTION, type OptionNames, TCP_SERVER, UNIX_CONNECTION, UNIX_SERVER } from "./check_options.ts";
import type {
  CreateConnectionOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
} from "./options.ts";
import type { Server } from "./server.ts";
import { checkLimit } from "./reader_arguments.ts";
import { StreamReader } from "./stream_reader.ts";
import { type ClientHandler, StreamReaderProtocol } from "./stream_reader_protocol.ts";
import { StreamWriter } from "./stream_writer.ts";
import type { Transport } from "./transport.ts";

/** What all streams take. */
export interface StreamLimit {
  /** How many bytes a separator may be away, and half of what waits in memory unread; 65,536 by default. */
  readonly limit?: number | undefined;
}

/** The options of {@linkcode openConnection}. */
export interface OpenConnectionOptions extends CreateConnectionOptions, StreamLimit {}
/** The options of {@linkcode startServer}. */
export interface StartServerOptions extends CreateServerOptions, StreamLimit {}
/** The options of {@linkcode openUnixConnection}. */
export interface OpenUnixConnectionOptions extends CreateUnixConnectionOptions, StreamLimit {}
/** The options of {@linkcode startUnixServer}. */
export interface StartUnixServerOptions extends CreateUnixServerOptions, StreamLimit {}

const LIMIT: OptionNames<StreamLimit> = { limit: true };
const OPEN_CONNECTION: OptionNames<OpenConnectionOptions> = { ...CONNECTION, ...LIMIT };
const OPEN_UNIX_CONNECTION: OptionNames<OpenUnixConnectionOptions> = { ...UNIX_CONNECTION, ...LIMIT };
const START_SERVER: OptionNames<StartServerOptions> = { ...TCP_SERVER, ...LIMIT };
const START_UNIX_SERVER: OptionNames<StartUnixServerOptions> = { ...UNIX_SERVER, ...LIMIT };

/** What the loop's own methods take. */
function withoutLimit<T extends StreamLimit>({ limit: _limit, ...options }: T): Omit<T, "limit"> {
  return options;
}

/**
 * Connects by TCP, with TLS if `ssl` is given, and gives the two ends of the stream.
 *
 * Cancelled, nothing stays open.
 *
 * @param host a name or an address; null for this machine
 * @throws {TypeError} if an argument has the wrong type, or an option is none
 * @throws {RangeError} if the port is not one, or options contradict each other
 * @throws {OSError} when awaited, if no address can be reached; its code is the system's, such as `"ECONNREFUSED"`
 * @throws {TlsError} when awaited, if TLS cannot be agreed on
 * @throws {ExceptionGroup} when awaited, of all errors, with `allErrors`
 *
 * @example Ask a server
 * ```ts
 * import { openConnection, run, startServer } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const server = yield* startServer(function* (reader, writer) {
 *     writer.write(yield* reader.readline());
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *
 *   const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
 *   writer.write(new TextEncoder().encode("hello\n"));
 *   assertEquals(new TextDecoder().decode(yield* reader.readline()), "hello\n");
 *   writer.close();
 *   yield* writer.waitClosed();
 *   server.close();
 * });
 * ```
 */
export function openConnection(
  host: string | null,
  port: number,
  options: OpenConnectionOptions = {},
): LazyAwaitable<[StreamReader, StreamWriter]> {
  checkConnection(host, port, options, "openConnection", OPEN_CONNECTION);
  checkLimit(options.limit);
  return open(
    "open a connection",
    options.limit,
    (loop, factory) => loop.createConnection(factory, host, port, withoutLimit(options)),
  );
}

/**
 * The same for a Unix socket.
 *
 * @param path the path of the socket; one that begins with NUL is an abstract one (on Linux)
 * @throws {TypeError} if an argument has the wrong type, or an option is none
 * @throws {RangeError} if the path is empty or too long, or options contradict each other
 * @throws {OSError} when awaited, if nobody listens there
 * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
 *
 * @example Connect to a server on the same machine
 * ```ts
 * import { openUnixConnection, run, startUnixServer } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const path = `/tmp/loop-asyncio-open-${Math.random()}.sock`;
 *   const server = yield* startUnixServer(function* (_reader, writer) {
 *     writer.close();
 *   }, path);
 *   const [reader, writer] = yield* openUnixConnection(path);
 *   console.log((yield* reader.read()).length);
 *   writer.close();
 *   yield* writer.waitClosed();
 *   server.close();
 * });
 * ```
 */
export function openUnixConnection(
  path: string,
  options: OpenUnixConnectionOptions = {},
): LazyAwaitable<[StreamReader, StreamWriter]> {
  checkUnixConnection(path, options, "openUnixConnection", OPEN_UNIX_CONNECTION);
  checkLimit(options.limit);
  return open(
    "open a connection",
    options.limit,
    (loop, factory) => loop.createUnixConnection(factory, path, withoutLimit(options)),
  );
}

/**
 * Listens by TCP, with TLS if `ssl` is given. Each client is a task that runs the handler, named after the client's address.
 *
 * A handler that throws is reported to the loop's exception handler, and its connection is closed; so is that of one that is
 * cancelled. A handler that returns leaves the connection as it is: close it with `writer.close()`.
 *
 * @param handler gets the two ends of each client's stream
 * @param host a name or an address, or several; null for every address of the machine
 * @param port the port; 0 lets the system choose one, which `server.port` then is
 * @throws {TypeError} if an argument has the wrong type, or an option is none
 * @throws {RangeError} if the port is not one, or options contradict each other
 * @throws {OSError} when awaited, if it cannot listen there, with a code such as `"EADDRINUSE"`
 *
 * @example An echo server
 * ```ts
 * import { openConnection, run, startServer } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const server = yield* startServer(function* (reader, writer) {
 *     for (;;) {
 *       const data = yield* reader.read(65_536);
 *       if (data.length === 0) break;
 *       writer.write(data);
 *       yield* writer.drain();
 *     }
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *
 *   const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
 *   writer.write(new TextEncoder().encode("hello"));
 *   writer.writeEof();
 *   assertEquals(new TextDecoder().decode(yield* reader.read()), "hello");
 *   writer.close();
 *   yield* writer.waitClosed();
 *   server.close();
 * });
 * ```
 */
export function startServer(
  handler: ClientHandler,
  host: string | null | readonly (string | null)[],
  port: number,
  options: StartServerOptions = {},
): LazyAwaitable<Server> {
  checkFunction(handler, "handler", "startServer");
  checkServer(host, port, options, "startServer", START_SERVER);
  checkLimit(options.limit);
  return serve(
    "start a server",
    handler,
    options.limit,
    (loop, factory) => loop.createServer(factory, host, port, withoutLimit(options)),
  );
}

/**
 * The same for a Unix socket. A file that a socket has left there is removed before, and the own one when the server closes, unless
 * another has taken its place.
 *
 * @param handler gets the two ends of each client's stream
 * @param path where to make the socket; one that begins with NUL is an abstract one (on Linux)
 * @throws {TypeError} if an argument has the wrong type, or an option is none
 * @throws {RangeError} if the path is empty or too long, or options contradict each other
 * @throws {OSError} when awaited, if it cannot listen there, with a code such as `"EADDRINUSE"`
 * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
 *
 * @example Listen on a path
 * ```ts
 * import { run, startUnixServer } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const path = `/tmp/loop-asyncio-start-${Math.random()}.sock`;
 *   const server = yield* startUnixServer(function* (_reader, writer) {
 *     writer.close();
 *   }, path);
 *   server.close();
 *   yield* server.waitClosed();
 * });
 * ```
 */
export function startUnixServer(
  handler: ClientHandler,
  path: string,
  options: StartUnixServerOptions = {},
): LazyAwaitable<Server> {
  checkFunction(handler, "handler", "startUnixServer");
  checkUnixServer(path, options, "startUnixServer", START_UNIX_SERVER);
  checkLimit(options.limit);
  return serve(
    "start a server",
    handler,
    options.limit,
    (loop, factory) => loop.createUnixServer(factory, path, withoutLimit(options)),
  );
}

type Connect = (
  loop: HostLoop,
  factory: () => StreamReaderProtocol,
) => LazyAwaitable<[Transport, StreamReaderProtocol]>;

const open = coroutine(function* openConnection(
  what: string,
  limit: number | undefined,
  connect: Connect,
): Coroutine<[StreamReader, StreamWriter]> {
  const loop = requireHostLoop(requireLoop(what), what);
  const reader = new StreamReader({ limit, loop });
  const [transport, protocol] = yield* connect(loop, () => new StreamReaderProtocol(reader, loop));
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
});

const serve = coroutine(function* startServer(
  what: string,
  handler: ClientHandler,
  limit: number | undefined,
  listen: (loop: HostLoop, factory: () => StreamReaderProtocol) => LazyAwaitable<Server>,
): Coroutine<Server> {
  const loop = requireHostLoop(requireLoop(what), what);
  return yield* listen(loop, () => new StreamReaderProtocol(new StreamReader({ limit, loop }), loop, handler));
});
