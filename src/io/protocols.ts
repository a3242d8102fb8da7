/**
 * Protocols: who is told what happens on a transport.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import type { DatagramTransport, SubprocessTransport, Transport } from "./transports.ts";

/**
 * What every protocol of a stream is told. All methods do nothing here: override those that you need.
 *
 * @category Transports and protocols
 */
export class BaseProtocol {
  /** The connection stands; the first call, made once. */
  connectionMade(_transport: Transport): void {}

  /**
   * The connection is gone; the last call, made once if {@linkcode BaseProtocol.connectionMade} was.
   *
   * @param _error null after `close()`, `abort()` or the other side's end; else what broke the connection: a {@linkcode TlsError} if it was
   * not what TLS allows. An end in the middle of a record of TLS, or without its goodbye, is an end all the same, as in CPython
   */
  connectionLost(_error: Error | null): void {}

  /** The write buffer has grown above its high-water mark: write no more for now. */
  pauseWriting(): void {}

  /** The write buffer has shrunk to its low-water mark: write on. Called once for each {@linkcode BaseProtocol.pauseWriting}. */
  resumeWriting(): void {}

  /**
   * The other side will send no more. Called at most once, and no data follows.
   *
   * @returns true keeps the transport open for writing; anything else closes it. A TLS transport is closed in either case.
   */
  eofReceived(): boolean | void {}
}

/**
 * A protocol that gets what was received as arrays of bytes. It serves one connection: a factory makes one for each.
 *
 * The methods are called by the loop, as callbacks: they are plain functions, and may start tasks by `createTask()`. A method that
 * throws ends the connection, and the error goes to the loop's exception handler.
 *
 * @example An echo
 * ```ts
 * import { EventLoop, Protocol, type Transport } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * class Echo extends Protocol {
 *   transport: Transport | null = null;
 *   override connectionMade(transport: Transport) {
 *     this.transport = transport;
 *   }
 *   override dataReceived(data: Uint8Array) {
 *     this.transport?.write(data);
 *   }
 * }
 *
 * class Client extends Protocol {
 *   answer = "";
 *   override connectionMade(transport: Transport) {
 *     transport.write(new TextEncoder().encode("hello"));
 *     transport.writeEof();
 *   }
 *   override dataReceived(data: Uint8Array) {
 *     this.answer += new TextDecoder().decode(data);
 *   }
 *   override connectionLost() {
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const server = await loop.runUntilComplete(loop.createServer(() => new Echo(), "127.0.0.1", 0));
 * const [, client] = await loop.runUntilComplete(loop.createConnection(() => new Client(), "127.0.0.1", server.port));
 * await loop.runForever();
 * server.close();
 * assertEquals(client.answer, "hello");
 * ```
 *
 * @category Transports and protocols
 */
export class Protocol extends BaseProtocol {
  /**
   * Bytes have come: at least one, and at most 256 KiB in one call. They are the protocol's own, but `data.buffer` may be larger: to transfer
   * them to another thread, transfer a copy.
   */
  dataReceived(_data: Uint8Array): void {}
}

/**
 * A protocol that lends the loop a buffer to put into what was received, in place of getting an array each time.
 *
 * @example Count bytes without keeping any
 * ```ts
 * import { BufferedProtocol } from "@loop/asyncio";
 *
 * class Counter extends BufferedProtocol {
 *   count = 0;
 *   readonly #buffer = new Uint8Array(65_536);
 *   override getBuffer() {
 *     return this.#buffer;
 *   }
 *   override bufferUpdated(length: number) {
 *     this.count += length;
 *   }
 * }
 * console.log(new Counter().getBuffer().length);
 * ```
 *
 * @category Transports and protocols
 */
export class BufferedProtocol extends BaseProtocol {
  /**
   * Returns the array to fill next; it must not be empty.
   *
   * @param _sizeHint how many bytes would be of use; −1 if that is not known
   */
  getBuffer(_sizeHint: number): Uint8Array {
    return new Uint8Array(65_536);
  }

  /** So many bytes stand at the start of the array that {@linkcode BufferedProtocol.getBuffer} returned last. */
  bufferUpdated(_length: number): void {}
}

/**
 * A protocol of either kind for a connection.
 *
 * @category Transports and protocols
 */
export type StreamProtocol = Protocol | BufferedProtocol;

/**
 * A protocol for datagrams. All methods do nothing here: override those that you need.
 *
 * @example One datagram, there and back
 * ```ts
 * import { DatagramProtocol, DatagramTransport, EventLoop, type SocketAddress } from "@loop/asyncio";
 *
 * class Echo extends DatagramProtocol {
 *   transport: DatagramTransport | null = null;
 *   override connectionMade(transport: DatagramTransport) {
 *     this.transport = transport;
 *   }
 *   override datagramReceived(data: Uint8Array, address: SocketAddress) {
 *     this.transport?.sendto(data, address);
 *   }
 * }
 *
 * class Client extends DatagramProtocol {
 *   override connectionMade(transport: DatagramTransport) {
 *     transport.sendto(new TextEncoder().encode("hello"));
 *   }
 *   override datagramReceived(data: Uint8Array) {
 *     console.log(new TextDecoder().decode(data));
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const [server] = await loop.runUntilComplete(
 *   loop.createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] }),
 * );
 * const { port } = server.getExtraInfo("sockname") as { port: number };
 * await loop.runUntilComplete(loop.createDatagramEndpoint(() => new Client(), { remoteAddr: ["127.0.0.1", port] }));
 * await loop.runForever();
 * ```
 *
 * @category Transports and protocols
 */
export class DatagramProtocol {
  /** The socket is open; the first call. */
  connectionMade(_transport: DatagramTransport): void {}

  /** The socket is gone; the last call. The error is null after `close()` and `abort()`. */
  connectionLost(_error: Error | null): void {}

  /** A datagram has come, from this address. */
  datagramReceived(_data: Uint8Array, _address: SocketAddress): void {}

  /**
   * Sending or receiving failed; the socket stays open. On Deno a datagram that nobody listens to is not reported (elsewhere by
   * `ECONNREFUSED`): it has no sockets that the system knows to be connected.
   */
  errorReceived(_error: Error): void {}

  /** The queue of datagrams has grown above its high-water mark: send no more for now. */
  pauseWriting(): void {}

  /** The queue has shrunk to its low-water mark: send on. */
  resumeWriting(): void {}
}

/**
 * A protocol for a process. All methods do nothing here: override those that you need. They are called by the loop, as callbacks: plain
 * functions, which may start tasks by `createTask()`. What one throws goes to the loop's exception handler.
 *
 * Order: {@linkcode SubprocessProtocol.connectionMade}, then data and the loss of pipes as they come,
 * {@linkcode SubprocessProtocol.processExited} in between or after them, {@linkcode SubprocessProtocol.connectionLost} at the end.
 *
 * @example Collect what a program prints
 * ```ts
 * import { EventLoop, SubprocessProtocol } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * class Collector extends SubprocessProtocol {
 *   output = "";
 *   override pipeDataReceived(fd: number, data: Uint8Array) {
 *     if (fd === 1) this.output += new TextDecoder().decode(data);
 *   }
 *   override connectionLost() {
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const [, collector] = await loop.runUntilComplete(loop.subprocessExec(() => new Collector(), "echo", ["hello"]));
 * await loop.runForever();
 * assertEquals(collector.output, "hello\n");
 * ```
 *
 * @category Transports and protocols
 */
export class SubprocessProtocol {
  /** The process runs, and its pipes stand; the first call, made once. */
  connectionMade(_transport: SubprocessTransport): void {}

  /** The process has written to a pipe: 1 is stdout, 2 is stderr. The array is the protocol's own. */
  pipeDataReceived(_fd: number, _data: Uint8Array): void {}

  /**
   * A pipe is closed, by either side; called once for each.
   *
   * @param _fd 0 for stdin, 1 for stdout, 2 for stderr
   * @param _error null for an end in order; else what broke it, such as an `OSError` with code `"EPIPE"` for a stdin that is read no more
   */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The process has ended; `transport.getReturncode()` is its exit code. Data that it has written before may still come. */
  processExited(): void {}

  /** The process has ended and all its pipes are closed; the last call. */
  connectionLost(_error: Error | null): void {}

  /** What was written to stdin has grown above its high-water mark: write no more for now. */
  pauseWriting(): void {}

  /** It has shrunk to the low-water mark: write on. */
  resumeWriting(): void {}
}
