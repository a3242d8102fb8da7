/**
 * The event loop with the world around it, and which one runs.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { coroutine } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { Executor, RemoteFunction } from "../io/executor.ts";
import type { SubprocessOptions } from "../io/process.ts";
import type { DatagramProtocol, StreamProtocol, SubprocessProtocol } from "../io/protocols.ts";
import type { AddressInfo, DatagramAddress } from "../io/socket_infos.ts";
import type {
  ConnectAcceptedSocketOptions,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  GetaddrinfoOptions,
  SendfileOptions,
  StartTlsOptions,
  TlsOptions,
} from "../io/socket_options.ts";
import type { FileDescriptor, RawSocket } from "../adapters/descriptors.ts";
import type { SocketAddress } from "../adapters/net.ts";
import type { DatagramTransport, Server, SubprocessTransport, Transport } from "../io/transports.ts";
import { Area, callInExecutor, checkExecutor, shutdownDefaultExecutor } from "./area.ts";
import { HostLoop } from "./host_loop.ts";
import { Watches } from "./watches.ts";
import { BaseEventLoop } from "../core/base_event_loop.ts";
import { RuntimeError } from "../core/errors.ts";
import { chooseLoop } from "../core/current_code.ts";
import { getEventLoop as anyEventLoop, getRunningLoop as anyRunningLoop } from "../core/running.ts";
import { describeKind } from "../core/repr.ts";

const sockets = /* @__PURE__ */ new Area(() => import("../net/methods.ts"));
const processes = /* @__PURE__ */ new Area(() => import("../process/methods.ts"));
const shutdown = /* @__PURE__ */ coroutine(shutdownDefaultExecutor);

/**
 * The event loop as programs use it. `run()` makes one by itself; make your own to run several things on one loop, or to choose the
 * adapter.
 *
 * @example A loop of one's own
 * ```ts
 * import { EventLoop, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * using loop = new EventLoop();
 * assertEquals(await loop.runUntilComplete(sleep(1, "done")), "done");
 * ```
 *
 * @category Running
 */
export class EventLoop extends HostLoop {
  #watching: Watches | null = null;

  get #watches(): Watches {
    return this.#watching ??= new Watches(this);
  }

  /**
   * Connects by TCP, with TLS if `ssl` is given, and returns the transport with its protocol; see {@linkcode Protocol}. Cancelled, nothing
   * stays open. {@linkcode openConnection} does the same for streams.
   *
   * @param factory makes the protocol once there is a connection
   * @param host a name or an address; null for this machine
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if the port is not a port number, or options contradict each other
   * @throws {OSError} when awaited, if no address can be reached; a {@linkcode TlsError} if TLS cannot be agreed on
   * @throws {ExceptionGroup} when awaited, with all errors, if `allErrors` is set
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override createConnection<P extends StreamProtocol>(
    factory: () => P,
    host: string | null,
    port: number,
    options: CreateConnectionOptions = {},
  ): LazyAwaitable<[Transport, P]> {
    return sockets.call("createConnection", this, factory, host, port, options) as LazyAwaitable<[Transport, P]>;
  }

  /**
   * The same for a Unix socket.
   *
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if the path is empty or too long, or options contradict each other
   * @throws {OSError} when awaited, if nobody listens there
   * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override createUnixConnection<P extends StreamProtocol>(
    factory: () => P,
    path: string,
    options: CreateUnixConnectionOptions = {},
  ): LazyAwaitable<[Transport, P]> {
    return sockets.call("createUnixConnection", this, factory, path, options) as LazyAwaitable<[Transport, P]>;
  }

  /**
   * Listens by TCP, with TLS if `ssl` is given. {@linkcode startServer} does the same for streams.
   *
   * @param factory makes a protocol for each connection
   * @param host a name or an address, or several, of which each gets a socket; null for every address of the machine
   * @param port the port; 0 lets the system choose one, which `server.port` then is
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if the port is not a port number, or options contradict each other
   * @throws {OSError} when awaited, if it cannot listen there, with a code such as `"EADDRINUSE"`
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override createServer(
    factory: () => StreamProtocol,
    host: string | null | readonly (string | null)[],
    port: number,
    options: CreateServerOptions = {},
  ): LazyAwaitable<Server> {
    return sockets.call("createServer", this, factory, host, port, options);
  }

  /**
   * The same for a Unix socket. A file that a socket has left there is removed before, and the own one when the server closes, unless
   * another has taken its place.
   *
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if the path is empty or too long, or options contradict each other
   * @throws {OSError} when awaited, if it cannot listen there
   * @throws {NotSupportedError} when awaited, if the runtime has no Unix sockets
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override createUnixServer(
    factory: () => StreamProtocol,
    path: string,
    options: CreateUnixServerOptions = {},
  ): LazyAwaitable<Server> {
    return sockets.call("createUnixServer", this, factory, path, options);
  }

  /**
   * Opens a datagram socket; see {@linkcode DatagramProtocol}. With `remoteAddr` it is connected to that one peer.
   *
   * @throws {TypeError} when awaited, if an address is not one
   * @throws {RangeError} when awaited, if there is neither an address nor a family, a port is not a port number, or the two addresses do not fit
   * @throws {OSError} when awaited, if the system refuses
   * @throws {NotSupportedError} when awaited, if the runtime has no datagrams
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  createDatagramEndpoint<P extends DatagramProtocol>(
    factory: () => P,
    options: CreateDatagramEndpointOptions = {},
  ): LazyAwaitable<[DatagramTransport, P]> {
    return sockets.call("createDatagramEndpoint", this, factory, options) as LazyAwaitable<[DatagramTransport, P]>;
  }

  /**
   * Goes on over TLS, and returns the transport that the protocol must use from then on; its `connectionMade()` is not called again. On a
   * connection that speaks TLS already, such as that to a proxy, the new session is within the old one. {@linkcode StreamWriter.startTls}
   * does the same for streams.
   *
   * @param ssl what TLS is told; true for a client that trusts what the system does
   * @throws {TypeError} when awaited, if the options are not an object, a server has no certificate, or the transport cannot be upgraded
   * @throws {RangeError} when awaited, if a client has no `serverHostname` to check the certificate for
   * @throws {OSError} when awaited, if the handshake takes too long (`ECONNABORTED`) or fails ({@linkcode TlsError}); the connection is closed
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override startTls(
    transport: Transport,
    protocol: StreamProtocol,
    ssl: TlsOptions | true,
    options: StartTlsOptions = {},
  ): LazyAwaitable<Transport> {
    return sockets.call("startTls", this, transport, protocol, ssl, options);
  }

  /**
   * Sends a file by a transport, no faster than the other side reads, and returns the number of bytes sent. Nothing else can be written
   * meanwhile, and nothing is read.
   *
   * @throws {TypeError} when awaited, if it is nothing that can be sent as a file
   * @throws {RangeError} when awaited, if the offset is negative or the count less than 1
   * @throws {RuntimeError} when awaited, if the transport is closing, was ended by `writeEof()`, or sends a file already
   * @throws {SendfileNotAvailableError} when awaited, if `fallback` is false and the system cannot send the file by itself: it can
   * on the selector, a regular file that is given by its path, without TLS
   * @throws {OSError} when awaited, if the connection is lost meanwhile
   */
  sendfile(transport: Transport, file: FileSource, options: SendfileOptions = {}): LazyAwaitable<number> {
    return sockets.call("sendfile", this, transport, file, options);
  }

  /**
   * Looks the addresses of a host up, in the order that they should be tried. An address is returned as it is.
   *
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if the port is not a port number
   * @throws {OSError} when awaited, with code `ENOTFOUND`, if it has no address
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  getaddrinfo(host: string | null, port: number, options: GetaddrinfoOptions = {}): LazyAwaitable<AddressInfo[]> {
    return sockets.call("getaddrinfo", this, host, port, options);
  }

  /**
   * Looks the name of an address up, and the name of the service that has the port.
   *
   * @throws {TypeError} when awaited, if the address is not a string
   * @throws {RangeError} when awaited, if the port is not a port number
   * @throws {OSError} when awaited, if there is no name
   * @throws {NotSupportedError} when awaited, if the runtime cannot do that
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  getnameinfo(address: readonly [address: string, port: number]): LazyAwaitable<[host: string, service: string]> {
    return sockets.call("getnameinfo", this, address);
  }

  /**
   * Reads from one end of a pipe, a socket or a device, and returns the transport with its protocol. The descriptor is the transport's from now on: it
   * closes it.
   *
   * @param factory makes the protocol
   * @param pipe the descriptor, or an object that has it as `fd`
   * @throws {TypeError} when awaited, if an argument has the wrong type
   * @throws {RangeError} when awaited, if it is a regular file, or a device that is always ready, such as `/dev/null`
   * @throws {OSError} when awaited, if it is closed, with code `EBADF`
   * @throws {RuntimeError} when awaited, if it belongs to another transport, or the loop is closed
   * @throws {NotSupportedError} when awaited, if the runtime takes no descriptors
   */
  connectReadPipe<P extends StreamProtocol>(
    factory: () => P,
    pipe: FileDescriptor,
  ): LazyAwaitable<[Transport, P]> {
    return sockets.call("connectReadPipe", this, factory, pipe) as LazyAwaitable<[Transport, P]>;
  }

  /**
   * The same to write to; see {@linkcode EventLoop.connectReadPipe}. On the selector any device will do. That nobody reads any more is told by an
   * `OSError` with code `EPIPE`.
   */
  connectWritePipe<P extends StreamProtocol>(
    factory: () => P,
    pipe: FileDescriptor,
  ): LazyAwaitable<[Transport, P]> {
    return sockets.call("connectWritePipe", this, factory, pipe) as LazyAwaitable<[Transport, P]>;
  }

  /**
   * Takes a connection over that was accepted elsewhere, with TLS if `ssl` is given, and returns the transport with its protocol. The descriptor is
   * the transport's from now on; a `Socket` of `./selector` lets go of it.
   *
   * @param factory makes the protocol
   * @param sock the descriptor of the socket, or an object that has it as `fd`
   * @throws {TypeError} when awaited, if an argument has the wrong type, or an option is unknown
   * @throws {RangeError} when awaited, if its socket carries datagrams
   * @throws {OSError} when awaited, if the system refuses; a {@linkcode TlsError} if TLS cannot be agreed on
   * @throws {RuntimeError} when awaited, if it belongs to another transport, or the loop is closed
   * @throws {NotSupportedError} when awaited, if the runtime takes no descriptors
   */
  connectAcceptedSocket<P extends StreamProtocol>(
    factory: () => P,
    sock: FileDescriptor,
    options: ConnectAcceptedSocketOptions = {},
  ): LazyAwaitable<[Transport, P]> {
    return sockets.call("connectAcceptedSocket", this, factory, sock, options) as LazyAwaitable<[Transport, P]>;
  }

  /**
   * Calls back, on the loop, whenever a descriptor can be read from, once in each iteration for as long as it can; in place of an earlier callback.
   * All calls run in one context, a copy of that of here. Only on an adapter that watches descriptors: `selectorAdapter()` of `./selector`.
   *
   * The callback is to read without waiting. Call {@linkcode EventLoop.removeReader} before you close the descriptor.
   *
   * @param fd the number of a pipe, a socket or a device, or an object that has it as `fd`
   * @throws {TypeError} if it is no descriptor, or the callback not a plain function
   * @throws {RangeError} if it is negative
   * @throws {OSError} if it is closed (`EBADF`), or a regular file (`EPERM`)
   * @throws {RuntimeError} if it belongs to a transport, a call such as `sockRecv()` waits for the same, or the loop is closed
   * @throws {NotSupportedError} if the adapter watches no descriptors
   */
  addReader<A extends unknown[]>(fd: FileDescriptor, callback: (...args: A) => unknown, ...args: A): void {
    this.#watches.add(fd, "read", callback, args);
  }

  /**
   * Ends what {@linkcode EventLoop.addReader} began; returns whether there was something.
   *
   * @throws {TypeError} if it is no descriptor
   * @throws {RuntimeError} if there is nothing, since it belongs to a transport or a server
   * @throws {NotSupportedError} if the adapter watches no descriptors
   */
  removeReader(fd: FileDescriptor): boolean {
    return this.#watches.remove(fd, "read");
  }

  /**
   * The same as {@linkcode EventLoop.addReader}, whenever a descriptor can be written to.
   *
   * @throws {TypeError} if it is no descriptor, or the callback not a plain function
   * @throws {RangeError} if it is negative
   * @throws {OSError} if it is closed (`EBADF`), or a regular file (`EPERM`)
   * @throws {RuntimeError} if it belongs to a transport, a call such as `sockRecv()` waits for the same, or the loop is closed
   * @throws {NotSupportedError} if the adapter watches no descriptors
   */
  addWriter<A extends unknown[]>(fd: FileDescriptor, callback: (...args: A) => unknown, ...args: A): void {
    this.#watches.add(fd, "write", callback, args);
  }

  /**
   * Ends what {@linkcode EventLoop.addWriter} began; returns whether there was something.
   *
   * @throws {TypeError} if it is no descriptor
   * @throws {RuntimeError} if there is nothing, since it belongs to a transport or a server
   * @throws {NotSupportedError} if the adapter watches no descriptors
   */
  removeWriter(fd: FileDescriptor): boolean {
    return this.#watches.remove(fd, "write");
  }

  /**
   * Receives up to `n` bytes from a socket, and returns them; none at the end of a stream. Cancelled, it has taken none.
   *
   * @param sock a `Socket` of `./selector`
   * @throws {TypeError} when awaited, if it is no socket, or `n` not a number
   * @throws {RangeError} when awaited, if `n` is not a whole number above 0
   * @throws {OSError} when awaited, if the system refuses; with code `EBADF` if the socket is closed, `EBUSY` if somebody else waits for the same
   * @throws {RuntimeError} when awaited, if the socket's descriptor belongs to a transport, a callback is called for the same, or the loop is closed
   * @throws {NotSupportedError} when awaited, if the adapter watches no descriptors
   */
  sockRecv(sock: RawSocket, n: number): LazyAwaitable<Uint8Array> {
    return sockets.call("sockRecv", this, sock, n);
  }

  /** The same as {@linkcode EventLoop.sockRecv}, into memory of the caller; returns how many bytes it has received. */
  sockRecvInto(sock: RawSocket, memory: Uint8Array): LazyAwaitable<number> {
    return sockets.call("sockRecvInto", this, sock, memory);
  }

  /** Receives a datagram, of which `n` bytes count, with the address that it came from; see {@linkcode EventLoop.sockRecv}. */
  sockRecvfrom(sock: RawSocket, n: number): LazyAwaitable<[data: Uint8Array, address: SocketAddress | null]> {
    return sockets.call("sockRecvfrom", this, sock, n) as LazyAwaitable<[Uint8Array, SocketAddress | null]>;
  }

  /** Sends all bytes by a socket. If it fails or is cancelled, nobody knows how many were sent; see {@linkcode EventLoop.sockRecv}. */
  sockSendall(sock: RawSocket, data: Uint8Array): LazyAwaitable<void> {
    return sockets.call("sockSendall", this, sock, data);
  }

  /** Sends a datagram to an address, and returns how many bytes that were; see {@linkcode EventLoop.sockRecv}. */
  sockSendto(sock: RawSocket, data: Uint8Array, address: DatagramAddress): LazyAwaitable<number> {
    return sockets.call("sockSendto", this, sock, data, address);
  }

  /**
   * Connects a socket to a host and port, or to the path of a Unix socket. A name is looked up; see {@linkcode EventLoop.sockRecv}.
   *
   * @throws {OSError} when awaited, if nobody answers there; its code is the system's, such as `"ECONNREFUSED"`
   */
  sockConnect(sock: RawSocket, address: readonly [host: string, port: number] | string): LazyAwaitable<void> {
    return sockets.call("sockConnect", this, sock, address);
  }

  /**
   * Accepts a connection on a socket that listens: returns its socket, and the address of the other side. Cancelled, it has accepted none; see
   * {@linkcode EventLoop.sockRecv}.
   */
  sockAccept<S extends RawSocket>(sock: S): LazyAwaitable<[socket: S, address: SocketAddress | null]> {
    return sockets.call("sockAccept", this, sock) as unknown as LazyAwaitable<[S, SocketAddress | null]>;
  }

  /**
   * Starts a program with these arguments, and returns the transport of the process with its protocol; see {@linkcode SubprocessProtocol}.
   * Its stdin, stdout and stderr are pipes unless the options say otherwise. Cancelled, the process is killed.
   * {@linkcode createSubprocessExec} does the same for streams.
   *
   * @param factory makes the protocol
   * @param program a name that is looked for in `PATH`, a path (from `cwd` on), or the URL of a file
   * @param args what it is started with
   * @throws {TypeError} when awaited, if an argument has the wrong type
   * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
   * @throws {OSError} when awaited, if it cannot be started: with code `"ENOENT"` if the program or `cwd` does not exist, `"EACCES"` if it
   * may not be executed
   * @throws {NotSupportedError} when awaited, if the runtime cannot do that
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override subprocessExec<P extends SubprocessProtocol>(
    factory: () => P,
    program: string | URL,
    args: readonly string[] = [],
    options: SubprocessOptions = {},
  ): LazyAwaitable<[SubprocessTransport, P]> {
    return processes.call("subprocessExec", this, factory, program, args, options) as LazyAwaitable<
      [SubprocessTransport, P]
    >;
  }

  /**
   * The same for a command line, which a shell reads: `/bin/sh`, on Windows `cmd.exe`. {@linkcode createSubprocessShell} does the same for
   * streams.
   *
   * @throws {TypeError} when awaited, if an argument has the wrong type
   * @throws {RangeError} when awaited, if a text contains a NUL byte, an option has an impossible value, or there is no such option
   * @throws {OSError} when awaited, if the shell cannot be started
   * @throws {NotSupportedError} when awaited, if the runtime cannot do that
   * @throws {RuntimeError} when awaited, if the loop is closed
   */
  override subprocessShell<P extends SubprocessProtocol>(
    factory: () => P,
    command: string,
    options: SubprocessOptions = {},
  ): LazyAwaitable<[SubprocessTransport, P]> {
    return processes.call("subprocessShell", this, factory, command, options) as LazyAwaitable<
      [SubprocessTransport, P]
    >;
  }

  /**
   * Calls a function elsewhere: in an executor, or in a thread of the default one, which is made at the first use. Cancelling the future ends
   * the wait at once; see {@linkcode CallOptions} for what becomes of the call. What the function calls back does not see the context of
   * here; {@linkcode toThread} carries it.
   *
   * @param executor null for the default one
   * @param fn what {@linkcode remoteModule} or {@linkcode WorkerPool.remoteModule} returned
   * @param args what it is called with
   * @returns the future of the call's result
   * @throws {TypeError} if it is not an executor; when awaited, if the function cannot travel
   * @throws {RuntimeError} if the loop is closed, or its default executor was shut down; when awaited, if another executor was
   *
   * @example The default executor
   * ```ts
   * import { newEventLoop, remoteModule } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * const { extname } = remoteModule<{ extname(path: string): string }>("node:path");
   *
   * const loop = newEventLoop();
   * assertEquals(await loop.runUntilComplete(loop.runInExecutor(null, extname, "a.txt")), ".txt");
   * await loop.runUntilComplete(loop.shutdownDefaultExecutor());
   * loop.close();
   * ```
   */
  runInExecutor<A extends unknown[], T>(executor: Executor | null, fn: RemoteFunction<A, T>, ...args: A): Future<T> {
    if (executor !== null) checkExecutor(executor, "call a function in");
    return callInExecutor(this, executor, fn as RemoteFunction, args) as Future<T>;
  }

  /**
   * Sets what {@linkcode EventLoop.runInExecutor} with null and {@linkcode toThread} use. The loop shuts it down when it closes.
   *
   * @throws {TypeError} if it is not an executor
   */
  setDefaultExecutor(executor: Executor): void {
    checkExecutor(executor, "set as the default executor");
    this.defaultExecutor = executor;
    this.usesDefaultExecutor = true;
  }

  /**
   * Shuts the default executor down and waits for the calls that run; it cannot be used any more. `run()` does that at its end.
   *
   * @param timeout how many milliseconds to wait; null, the default, for no limit. Calls that take longer go on, and a warning says so
   */
  shutdownDefaultExecutor(timeout: number | null = null): LazyAwaitable<void> {
    return noted(shutdown(this, timeout), "shutdownDefaultExecutor()");
  }
}

/**
 * Makes a loop for the runtime that the program runs on; it does not become the current one.
 *
 * @example Make, use, close
 * ```ts
 * import { newEventLoop, sleep } from "@loop/asyncio";
 *
 * const loop = newEventLoop();
 * await loop.runUntilComplete(sleep(1));
 * loop.close();
 * ```
 *
 * @category Running
 */
export function newEventLoop(): EventLoop {
  return new EventLoop();
}

/**
 * A class of loops, such as {@linkcode BaseEventLoop}.
 *
 * @category Running
 */
export type LoopClass<L extends BaseEventLoop> = abstract new (...args: never[]) => L;

/**
 * The loop that runs this code.
 *
 * @throws {RuntimeError} if none does, or if it is a bare {@linkcode BaseEventLoop}, which has no connections, processes or executors
 *
 * @example Ask the loop for its time
 * ```ts
 * import { getRunningLoop, run } from "@loop/asyncio";
 *
 * await run(function* () {
 *   console.log(getRunningLoop().time());
 * });
 * ```
 *
 * @category Running
 */
export function getRunningLoop(): EventLoop;
/**
 * The same for code that runs on loops of other classes as well: `getRunningLoop(BaseEventLoop)` returns any loop.
 *
 * @throws {RuntimeError} if none runs, or one that is not of this class
 * @category Running
 */
export function getRunningLoop<L extends BaseEventLoop>(kind: LoopClass<L>): L;
export function getRunningLoop(kind: LoopClass<BaseEventLoop> = EventLoop): BaseEventLoop {
  return check(anyRunningLoop(), kind, "getRunningLoop");
}

/**
 * The running loop, or else the one given to {@linkcode setEventLoop}.
 *
 * @throws {RuntimeError} if there is neither, or if it is a bare {@linkcode BaseEventLoop}
 *
 * @example The loop of a program that makes its own
 * ```ts
 * import { getEventLoop, newEventLoop, setEventLoop } from "@loop/asyncio";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * setEventLoop(loop);
 * assertStrictEquals(getEventLoop(), loop);
 * setEventLoop(null);
 * loop.close();
 * ```
 *
 * @category Running
 */
export function getEventLoop(): EventLoop;
/**
 * The same for code that runs on loops of other classes as well: `getEventLoop(BaseEventLoop)` returns any loop.
 *
 * @throws {RuntimeError} if there is none, or one that is not of this class
 * @category Running
 */
export function getEventLoop<L extends BaseEventLoop>(kind: LoopClass<L>): L;
export function getEventLoop(kind: LoopClass<BaseEventLoop> = EventLoop): BaseEventLoop {
  return check(anyEventLoop(), kind, "getEventLoop");
}

/**
 * Makes a loop the current one: what {@linkcode getEventLoop} returns where none is running. Null for none.
 *
 * @throws {TypeError} if it is neither a loop nor null
 *
 * @example The current loop
 * ```ts
 * import { getEventLoop, newEventLoop, setEventLoop } from "@loop/asyncio";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * setEventLoop(loop);
 * assertStrictEquals(getEventLoop(), loop);
 * setEventLoop(null);
 * loop.close();
 * ```
 *
 * @category Running
 */
export function setEventLoop(loop: BaseEventLoop | null): void {
  if (loop !== null && !(loop instanceof BaseEventLoop)) {
    throw new TypeError(`Cannot set ${describeKind(loop)} as the event loop: it must be a loop, or null.`);
  }
  chooseLoop(loop);
}

function check(loop: BaseEventLoop, kind: LoopClass<BaseEventLoop>, name: string): BaseEventLoop {
  if (loop instanceof kind) return loop;
  throw new RuntimeError(
    `Cannot return ${loop} from ${name}(): it is not an instance of ${kind.name}. Make it with new ${kind.name}(), or call ${name}(BaseEventLoop).`,
  );
}
