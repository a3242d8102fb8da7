/**
 * Transports, which are what a protocol writes to, as a protocol sees it, and servers, from which they come. Other folders have the classes that do
 * the work.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { DatagramProtocol, StreamProtocol, SubprocessProtocol } from "./protocols.ts";
import type { DatagramAddress, ListeningSocket, TransportInfo, WriteBufferLimits } from "./socket_infos.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * A connection: the protocol writes to it and is told what happens on it. Made by `loop.createConnection()` and `loop.createServer()`,
 * which call `protocol.connectionMade(transport)`.
 *
 * @example Send a word and close
 * ```ts
 * import { EventLoop, Protocol, type Transport } from "@loop/asyncio";
 *
 * class Greeter extends Protocol {
 *   override connectionMade(transport: Transport) {
 *     console.log("a client from", transport.getExtraInfo("peername"));
 *     transport.write(new TextEncoder().encode("hello\n"));
 *     transport.close();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const server = await loop.runUntilComplete(loop.createServer(() => new Greeter(), "127.0.0.1", 0));
 * server.close();
 * ```
 *
 * @category Transports and protocols
 */
export abstract class Transport {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** For classes that extend this one. */
  constructor() {
    if (new.target === Transport) {
      throw madeByHand("Transport", "loop.createConnection() and loop.createServer() make them");
    }
  }

  /**
   * Sends bytes. They are buffered if the system does not take them at once, so the array must not change afterwards. Once the
   * connection is lost or aborted they are dropped, with a warning from the fifth time on.
   *
   * @throws {TypeError} unless it is a Uint8Array; text has to be encoded first
   * @throws {RuntimeError} after {@linkcode Transport.writeEof}, {@linkcode Transport.close} (but the protocol's `resumeWriting()` may
   * write while what was written before is being sent) or an upgrade to TLS, and during `loop.sendfile()`
   */
  abstract write(data: Uint8Array): void;

  /**
   * Sends several arrays, put together where that saves calls of the system.
   *
   * @throws {TypeError} unless all are Uint8Arrays; nothing is sent then
   * @throws {RuntimeError} as {@linkcode Transport.write}
   */
  abstract writelines(list: Iterable<Uint8Array>): void;

  /**
   * Ends this side once everything written is sent; the other side may go on sending. A second call changes nothing, nor does one after
   * {@linkcode Transport.close}.
   *
   * @throws {NotSupportedError} over TLS, which has no end of one side
   * @throws {RuntimeError} during `loop.sendfile()`
   */
  abstract writeEof(): void;

  /** Whether {@linkcode Transport.writeEof} is possible: not over TLS. */
  abstract canWriteEof(): boolean;

  /**
   * Closes the connection once everything written is sent: reading stops at once, and the protocol is told by `connectionLost(null)`
   * in a later iteration. A second call changes nothing.
   *
   * Over TLS the other side has to read what was written and to say goodbye within `sslShutdownTimeout`; if it does not, the protocol is
   * told by `connectionLost()` with a `TimeoutError`.
   */
  abstract close(): void;

  /** Closes the connection at once: what is buffered is dropped. The protocol is told by `connectionLost(null)` in the next iteration. */
  abstract abort(): void;

  /** Whether the connection is closing or closed. */
  abstract isClosing(): boolean;

  /** Asks for no more data until {@linkcode Transport.resumeReading}; the other side is slowed down. Twice is harmless. */
  abstract pauseReading(): void;

  /** Asks for data again. Twice is harmless. */
  abstract resumeReading(): void;

  /** Whether data is given to the protocol: reading is not paused and the transport not closing. */
  abstract isReading(): boolean;

  /**
   * Sets the water marks of the write buffer in bytes: above `high` the protocol's `pauseWriting()` is called, at `low` its
   * `resumeWriting()`. One that is left out follows from the other.
   *
   * @throws {TypeError} if a mark is not a number
   * @throws {RangeError} unless `high` is at least `low` and `low` at least 0
   */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;

  /** The water marks, the low one first. */
  abstract getWriteBufferLimits(): [low: number, high: number];

  /** How many bytes were written and not taken by the system. What this iteration wrote may be among them. */
  abstract getWriteBufferSize(): number;

  /** What is known of the connection by this name, or the fallback; see {@linkcode TransportInfo} for the names. */
  abstract getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  abstract getExtraInfo(name: string, fallback?: unknown): unknown;

  /** The protocol that is told what happens. */
  abstract getProtocol(): StreamProtocol;

  /**
   * Sets another protocol; it is notified of everything from the next event on, and its `connectionMade()` is not called.
   *
   * @throws {TypeError} if it is not a protocol
   */
  abstract setProtocol(protocol: StreamProtocol): void;
}

/**
 * A datagram socket: the protocol sends by it and is told what comes. Made by `loop.createDatagramEndpoint()`.
 *
 * @example Send to whoever listens
 * ```ts
 * import { DatagramProtocol, EventLoop } from "@loop/asyncio";
 *
 * using loop = new EventLoop();
 * const [transport] = await loop.runUntilComplete(
 *   loop.createDatagramEndpoint(() => new DatagramProtocol(), { localAddr: ["127.0.0.1", 0] }),
 * );
 * transport.sendto(new TextEncoder().encode("ping"), ["127.0.0.1", 9]);
 * transport.close();
 * ```
 *
 * @category Transports and protocols
 */
export abstract class DatagramTransport {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** For classes that extend this one. */
  constructor() {
    if (new.target === DatagramTransport) {
      throw madeByHand("DatagramTransport", "loop.createDatagramEndpoint() makes them");
    }
  }

  /**
   * Sends a datagram, or queues it if the system has no room. What goes wrong is told to the protocol's `errorReceived()`.
   *
   * @param address where to, an address and never a name: an object as `datagramReceived()` gets it, `[address, port]`, or the path of
   * a Unix socket; left out for a socket that is connected to one peer
   * @throws {TypeError} if the data is not a Uint8Array, the address is not an address, or there is none at all
   * @throws {RangeError} if the socket is connected to another address, or the port is not a port number
   * @throws {RuntimeError} after {@linkcode DatagramTransport.close} (but the protocol's `resumeWriting()` may send while what is queued is
   * being sent)
   */
  abstract sendto(data: Uint8Array, address?: DatagramAddress | null): void;

  /** Closes the socket once the queue is sent; the protocol is told by `connectionLost(null)` in a later iteration. */
  abstract close(): void;

  /** Closes the socket at once: what is queued is dropped. The protocol is told by `connectionLost(null)` in the next iteration. */
  abstract abort(): void;

  /** Whether it is closing or closed. */
  abstract isClosing(): boolean;

  /**
   * Sets the water marks of the queue in bytes, as {@linkcode Transport.setWriteBufferLimits}.
   *
   * @throws {TypeError} if a mark is not a number
   * @throws {RangeError} unless `high` is at least `low` and `low` at least 0
   */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;

  /** The water marks, the low one first. */
  abstract getWriteBufferLimits(): [low: number, high: number];

  /** How many bytes are queued, with 8 more for each datagram. */
  abstract getWriteBufferSize(): number;

  /** What is known by this name, or null: the addresses `peername` (of a connected socket) and `sockname`. */
  abstract getExtraInfo<K extends "peername" | "sockname">(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  abstract getExtraInfo(name: string, fallback?: unknown): unknown;

  /** The protocol that is told what happens. */
  abstract getProtocol(): DatagramProtocol;

  /** Sets another protocol, which is notified of everything from the next event on. */
  abstract setProtocol(protocol: DatagramProtocol): void;
}

/**
 * A process that was started. Made by `loop.subprocessExec()` and `loop.subprocessShell()`, which call
 * `protocol.connectionMade(transport)`.
 *
 * @example Send a signal
 * ```ts
 * import { EventLoop, SubprocessProtocol } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * class Waiter extends SubprocessProtocol {
 *   override connectionLost() {
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const [transport] = await loop.runUntilComplete(loop.subprocessExec(() => new Waiter(), "sleep", ["60"]));
 * transport.terminate();
 * await loop.runForever();
 * assertEquals(transport.getReturncode(), -15);
 * ```
 *
 * @category Transports and protocols
 */
export abstract class SubprocessTransport {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** For classes that extend this one. */
  constructor() {
    if (new.target === SubprocessTransport) {
      throw madeByHand("SubprocessTransport", "loop.subprocessExec() and loop.subprocessShell() make them");
    }
  }

  /** The number of the process. */
  abstract getPid(): number;

  /** Its exit code; null while it runs, −N if signal N ended it. */
  abstract getReturncode(): number | null;

  /** The transport of a pipe: 0 for stdin, 1 for stdout, 2 for stderr. Null if that is not a pipe. */
  abstract getPipeTransport(fd: number): Transport | null;

  /**
   * Sends a signal to the process, or to what is left of its group if it has one of its own. It does nothing if the process has ended and its
   * protocol was not told the end of everything yet.
   *
   * @param signal a name such as `"SIGUSR1"`, or a number
   * @throws {TypeError} if it is neither
   * @throws {RangeError} if there is no such signal
   * @throws {OSError} with code `"ESRCH"` after `connectionLost()`; `"EPERM"` or `"EACCES"` if it is not allowed
   */
  abstract sendSignal(signal: string | number): void;

  /** Asks the process to end, by SIGTERM. Throws as {@linkcode SubprocessTransport.sendSignal}. */
  abstract terminate(): void;

  /** Ends the process, by SIGKILL. Throws as {@linkcode SubprocessTransport.sendSignal}. */
  abstract kill(): void;

  /**
   * Closes the pipes, and kills the process if it still runs. `connectionLost()` follows when it has ended. A second call changes nothing.
   */
  abstract close(): void;

  /** Whether {@linkcode SubprocessTransport.close} was called. */
  abstract isClosing(): boolean;

  /** What is known of the process by this name, or the fallback: `"subprocess"` is what the runtime has of it. */
  abstract getExtraInfo(name: string, fallback?: unknown): unknown;

  /** The protocol that is told what happens. */
  abstract getProtocol(): SubprocessProtocol;

  /**
   * Sets another protocol; it is notified of everything from the next event on.
   *
   * @throws {TypeError} if it is not a protocol for a process
   */
  abstract setProtocol(protocol: SubprocessProtocol): void;
}

/** The error of a base that somebody makes in place of one of the classes that extend it. */
export function madeByHand(name: string, makers: string): TypeError {
  return new TypeError(`Cannot make a ${name} with new: ${makers}.`);
}

/**
 * A server that listens. Made by `loop.createServer()`, `startServer()` and their siblings for Unix sockets.
 *
 * @example Serve until the block ends
 * ```ts
 * import { openConnection, run, startServer, type StreamReader, type StreamWriter } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   await using server = await startServer(async (reader: StreamReader, writer: StreamWriter) => {
 *     writer.write(await reader.readline());
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *
 *   const [reader, writer] = await openConnection("127.0.0.1", server.port);
 *   writer.write(new TextEncoder().encode("hello\n"));
 *   assertEquals(new TextDecoder().decode(await reader.read()), "hello\n");
 *   writer.close();
 *   await writer.waitClosed();
 * });
 * ```
 *
 * @category Transports and protocols
 */
export abstract class Server implements AsyncDisposable {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** For classes that extend this one. */
  constructor() {
    if (new.target === Server) throw madeByHand("Server", "startServer() and loop.createServer() make them");
  }

  /** The sockets that listen; none once the server was closed. */
  abstract readonly sockets: readonly ListeningSocket[];

  /**
   * The port of the first socket.
   *
   * @throws {RuntimeError} if it has none: the server was closed, or listens on a Unix socket
   */
  abstract readonly port: number;

  /** The loop that it belongs to. */
  abstract getLoop(): BaseEventLoop;

  /** Whether it takes connections. */
  abstract isServing(): boolean;

  /** Stops listening, and cancels {@linkcode Server.serveForever}. Connections go on. A second call changes nothing. */
  abstract close(): void;

  /** Closes every connection, each once what was written to it is sent. */
  abstract closeClients(): void;

  /** Closes every connection at once. */
  abstract abortClients(): void;

  /** Takes connections, if it was made with `startServing: false`. A second call changes nothing. */
  abstract startServing(): LazyAwaitable<void>;

  /**
   * Serves until it is cancelled, or {@linkcode Server.close} is called: both end it with a {@linkcode CancelledError}, after the server was
   * closed, its connections too, and all of them have ended. One whose other side does not read has not: {@linkcode Server.abortClients} ends
   * it, and a second cancel (the second Ctrl-C of a program) ends the wait.
   *
   * @throws {RuntimeError} when awaited, if the server was closed, or somebody awaits this already
   */
  abstract serveForever(): LazyAwaitable<void>;

  /** Waits until the server was closed, its addresses are free again, and its last connection has ended. */
  abstract waitClosed(): LazyAwaitable<void>;

  /** Closes it and waits until the last connection has ended; for `await using`, and for `use` in coroutines. */
  abstract [Symbol.asyncDispose](): Promise<void>;
}
