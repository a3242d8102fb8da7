/**
 * Streams over connections, servers and processes, for code that reads and writes in order. What does the work is loaded when one is first awaited.
 *
 * @module
 */
import type { Awaitable, Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { Server } from "../io/transports.ts";
import type {
  OpenConnectionOptions,
  OpenUnixConnectionOptions,
  StartServerOptions,
  StartUnixServerOptions,
} from "../io/socket_options.ts";
import { StreamReader } from "../io/stream_reader.ts";
import type { StreamWriter } from "../io/stream_writer.ts";
import { Area } from "./area.ts";
import type { CreateSubprocessOptions, Process, ProcessOf } from "../io/process.ts";

/**
 * Serves one client of {@linkcode startServer}: a generator function, an async function or a plain one.
 *
 * @category Streams
 */
export type ClientHandler = (
  reader: StreamReader,
  writer: StreamWriter,
) => Coroutine<unknown> | Awaitable<unknown> | Promise<unknown> | void;

const net = /* @__PURE__ */ new Area(() => import("../net/methods.ts"));
const processes = /* @__PURE__ */ new Area(() => import("../process/methods.ts"));

/**
 * Connects by TCP, with TLS if `ssl` is given, and returns the two ends of the stream.
 *
 * Cancelled, nothing stays open.
 *
 * @param host a name or an address; null for this machine
 * @throws {TypeError} when awaited, if an argument has the wrong type, or there is no such option
 * @throws {RangeError} when awaited, if the port is not a port number, or options contradict each other
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
 *
 * @category Streams
 */
export function openConnection(
  host: string | null,
  port: number,
  options: OpenConnectionOptions = {},
): LazyAwaitable<[StreamReader, StreamWriter]> {
  return net.call("openConnection", StreamReader, host, port, options);
}

/**
 * The same for a Unix socket.
 *
 * @param path the path of the socket; one that begins with NUL is an abstract one (on Linux)
 * @throws {TypeError} when awaited, if an argument has the wrong type, or there is no such option
 * @throws {RangeError} when awaited, if the path is empty or too long, or options contradict each other
 * @throws {OSError} when awaited, if nobody listens there
 * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
 *
 * @example Connect to a server on the same machine
 * ```ts
 * import { openUnixConnection, run, startUnixServer } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const path = `/tmp/loop-asyncio-open-${Math.random()}.sock`;
 *   const server = yield* startUnixServer(function* (reader, writer) {
 *     writer.close();
 *   }, path);
 *   const [reader, writer] = yield* openUnixConnection(path);
 *   console.log((yield* reader.read()).length);
 *   writer.close();
 *   yield* writer.waitClosed();
 *   server.close();
 * });
 * ```
 *
 * @category Streams
 */
export function openUnixConnection(
  path: string,
  options: OpenUnixConnectionOptions = {},
): LazyAwaitable<[StreamReader, StreamWriter]> {
  return net.call("openUnixConnection", StreamReader, path, options);
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
 * @throws {TypeError} when awaited, if an argument has the wrong type, or there is no such option
 * @throws {RangeError} when awaited, if the port is not a port number, or options contradict each other
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
 *
 * @category Streams
 */
export function startServer(
  handler: ClientHandler,
  host: string | null | readonly (string | null)[],
  port: number,
  options: StartServerOptions = {},
): LazyAwaitable<Server> {
  return net.call("startServer", StreamReader, handler, host, port, options);
}

/**
 * The same for a Unix socket. A file that a socket has left there is removed before, and the own one when the server closes, unless
 * another has taken its place.
 *
 * @param handler gets the two ends of each client's stream
 * @param path where to make the socket; one that begins with NUL is an abstract one (on Linux)
 * @throws {TypeError} when awaited, if an argument has the wrong type, or there is no such option
 * @throws {RangeError} when awaited, if the path is empty or too long, or options contradict each other
 * @throws {OSError} when awaited, if it cannot listen there, with a code such as `"EADDRINUSE"`
 * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
 *
 * @example Listen on a path
 * ```ts
 * import { run, startUnixServer } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const path = `/tmp/loop-asyncio-start-${Math.random()}.sock`;
 *   const server = yield* startUnixServer(function* (reader, writer) {
 *     writer.close();
 *   }, path);
 *   server.close();
 *   yield* server.waitClosed();
 * });
 * ```
 *
 * @category Streams
 */
export function startUnixServer(
  handler: ClientHandler,
  path: string,
  options: StartUnixServerOptions = {},
): LazyAwaitable<Server> {
  return net.call("startUnixServer", StreamReader, handler, path, options);
}

/**
 * Starts a program with these arguments, which reach it as they are: no shell reads them. By default it has stdin, stdout and stderr of this
 * program.
 *
 * Cancelled, the process that was just started is killed.
 *
 * @param program a name that is looked for in `PATH`, a path (from `cwd` on), or the URL of a file
 * @param args its arguments
 * @throws {TypeError} when awaited, if an argument has the wrong type
 * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
 * @throws {OSError} when awaited, if it cannot be started: with code `"ENOENT"` if the program or `cwd` does not exist, `"EACCES"` if it may
 * not be executed
 * @throws {NotSupportedError} when awaited, if the runtime cannot do that
 *
 * @example Run a program to its end
 * ```ts
 * import { createSubprocessExec, PIPE, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessExec("printf", ["%s-%s", "a b", "$HOME"], { stdout: PIPE });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "a b-$HOME");
 * });
 * ```
 *
 * @category Processes
 */
export function createSubprocessExec<const O extends CreateSubprocessOptions = Record<never, never>>(
  program: string | URL,
  args: readonly string[] = [],
  options: O = {} as O,
): LazyAwaitable<ProcessOf<O>> {
  return processes.call("createSubprocessExec", StreamReader, program, args, options) as LazyAwaitable<
    Process
  > as LazyAwaitable<ProcessOf<O>>;
}

/**
 * The same for a command line, which a shell reads: `/bin/sh`, on Windows `cmd.exe`. Never put into it what somebody else has written: give
 * that to {@linkcode createSubprocessExec} as an argument.
 *
 * @param command the command line
 * @throws {TypeError} when awaited, if an argument has the wrong type
 * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
 * @throws {OSError} when awaited, if the shell cannot be started. A command that does not exist ends with exit code 127 instead
 * @throws {NotSupportedError} when awaited, if the runtime cannot do that
 *
 * @example A pipeline of the shell
 * ```ts
 * import { createSubprocessShell, PIPE, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const process = yield* createSubprocessShell("printf 'b\\na\\n' | sort", { stdout: PIPE });
 *   const [output] = yield* process.communicate();
 *   assertEquals(new TextDecoder().decode(output), "a\nb\n");
 * });
 * ```
 *
 * @category Processes
 */
export function createSubprocessShell<const O extends CreateSubprocessOptions = Record<never, never>>(
  command: string,
  options: O = {} as O,
): LazyAwaitable<ProcessOf<O>> {
  return processes.call("createSubprocessShell", StreamReader, command, options) as LazyAwaitable<
    Process
  > as LazyAwaitable<ProcessOf<O>>;
}
