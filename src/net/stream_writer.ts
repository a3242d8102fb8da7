/**
 * The writing end of a stream.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { coroutine } from "../core/coroutine.ts";
import { current } from "../core/current.ts";
import { RuntimeError } from "../core/errors.ts";
import { runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkStartTls } from "./check.ts";
import { checkOptions, START_TLS } from "./check_options.ts";
import type { TransportInfo } from "./extra_info.ts";
import type { StartTlsOptions } from "./options.ts";
import type { StreamReader } from "./stream_reader.ts";
import type { StreamReaderProtocol } from "./stream_reader_protocol.ts";
import { Drain, WaitClosed } from "./stream_waits.ts";
import type { TlsOptions } from "./tls_options.ts";
import type { Transport } from "./transport.ts";

/** The options of {@linkcode StreamWriter.startTls}. Which side it is follows from who made the stream. */
export type StreamStartTlsOptions = Omit<StartTlsOptions, "serverSide">;

const { serverSide: _fixed, ...STREAM_START_TLS } = START_TLS;

/**
 * The writing end of a stream. Made by `openConnection`, `startServer` and their siblings for Unix sockets.
 *
 * {@linkcode StreamWriter.write} never waits; {@linkcode StreamWriter.drain} waits while the other side is slow. Call it after writing
 * whatever could be much.
 *
 * @example Write without filling the memory
 * ```ts
 * import { openConnection, run, startServer } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const server = yield* startServer(function* (_reader, writer) {
 *     for (let i = 0; i < 10; i++) {
 *       writer.write(new Uint8Array(10_000));
 *       yield* writer.drain();
 *     }
 *     writer.close();
 *     yield* writer.waitClosed();
 *   }, "127.0.0.1", 0);
 *
 *   const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
 *   assertEquals((yield* reader.read()).length, 100_000);
 *   writer.close();
 *   yield* writer.waitClosed();
 *   server.close();
 * });
 * ```
 */
export class StreamWriter {
  /** @internal */
  readonly _protocol: StreamReaderProtocol;
  /** @internal */
  readonly _loop: HostLoop;
  readonly #reader: StreamReader;
  #transport: Transport;
  #writable: WritableStream<Uint8Array> | null = null;

  /** @internal */
  constructor(transport: Transport, protocol: StreamReaderProtocol, reader: StreamReader, loop: HostLoop) {
    this.#transport = transport;
    this._protocol = protocol;
    this.#reader = reader;
    this._loop = loop;
  }

  /** The transport below, another one after {@linkcode StreamWriter.startTls}. */
  get transport(): Transport {
    return this.#transport;
  }

  /**
   * Sends bytes, or buffers them; the array must not change afterwards. Follow it by {@linkcode StreamWriter.drain}.
   *
   * Once the connection is lost or aborted bytes are dropped, and `drain()` throws.
   *
   * @throws {TypeError} unless it is a Uint8Array; text has to be encoded first
   * @throws {RuntimeError} after {@linkcode StreamWriter.writeEof} or {@linkcode StreamWriter.close}
   */
  write(data: Uint8Array): void {
    this.#transport.write(data);
  }

  /**
   * Sends several arrays, put together where that saves calls of the system.
   *
   * @throws {TypeError} unless all are Uint8Arrays; nothing is sent then
   * @throws {RuntimeError} as {@linkcode StreamWriter.write}
   */
  writelines(list: Iterable<Uint8Array>): void {
    this.#transport.writelines(list);
  }

  /**
   * Ends this side once everything written is sent; the other side may go on sending. A second call changes nothing, nor does one after
   * {@linkcode StreamWriter.close}.
   *
   * @throws {NotSupportedError} over TLS, which has no end of one side
   */
  writeEof(): void {
    this.#transport.writeEof();
  }

  /** Whether {@linkcode StreamWriter.writeEof} is possible: not over TLS. */
  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /**
   * Waits while the write buffer is above its high-water mark, until it is down at the low one; with less in it, it does not suspend.
   * Several tasks may wait.
   *
   * @throws {OSError} when awaited, if the connection is lost: with code `ECONNRESET`, or what it was lost by
   */
  drain(): LazyAwaitable<void> {
    return new Drain(this._protocol, this.#reader);
  }

  /** Closes the connection once everything written is sent. Wait for that by {@linkcode StreamWriter.waitClosed}. */
  close(): void {
    this.#transport.close();
  }

  /** Whether the connection is closing or closed. */
  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /**
   * Waits until the connection is closed: over TLS until the other side has said goodbye, too.
   *
   * @throws {OSError} when awaited, if it was lost by an error; a {@linkcode TlsError} if that was not what TLS allows
   * @throws {TimeoutError} when awaited, if the other side did not say goodbye within `sslShutdownTimeout`
   */
  waitClosed(): LazyAwaitable<void> {
    return new WaitClosed(this._protocol);
  }

  /** What is known of the connection by this name, or the fallback; see {@linkcode TransportInfo} for the names. */
  getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return this.#transport.getExtraInfo(name, fallback);
  }

  /**
   * Goes on over TLS, on both ends of the stream; what the other side sent of it already is not lost. A stream of `openConnection` is
   * the client, one of `startServer` the server. What was written before leaves in the clear. On a stream that speaks TLS already, such as
   * that to a proxy, the new session is within the old one.
   *
   * @throws {TypeError} if the options are none, or a server has no certificate
   * @throws {RangeError} if a client has no `serverHostname` to check the certificate for
   * @throws {TlsError} when awaited, if it cannot be agreed on; the connection is closed then
   * @throws {OSError} when awaited, if the handshake takes too long (`ECONNABORTED`) or the connection is lost
   */
  startTls(ssl: TlsOptions | true, options: StreamStartTlsOptions = {}): LazyAwaitable<void> {
    checkOptions(options, "startTls", STREAM_START_TLS);
    const all: StartTlsOptions = { ...options, serverSide: this._protocol._serverSide };
    checkStartTls(ssl, all, "startTls");
    return startTls(this, ssl, all);
  }

  /**
   * The stream as a web stream, to pipe into: its writes wait as {@linkcode StreamWriter.drain} does. Closing it ends this side of the
   * connection (over TLS all of it), aborting it aborts the connection.
   */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.write(chunk);
        // On a connection that is lost drain() throws: whoever pipes would otherwise go on into the void.
        if (!this._protocol._paused && !this.isClosing()) return;
        return this._loop.createTask(this.drain()).then();
      },
      close: () => {
        if (this.canWriteEof()) this.writeEof();
        else this.close();
      },
      abort: () => this.#transport.abort(),
    });
  }

  /**
   * Closes the connection and waits for that; for `await using`, and for `use` in coroutines. What it was lost by is not thrown. A cancel
   * ends the wait; the connection still closes.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (this._protocol._isLost) return;
    try {
      // In an async function that a task runs, cancelling the task ends the wait.
      if (current.loop === null && runningLoop() === this._loop) await this.waitClosed();
      else await this._loop.createTask(this.waitClosed());
    } catch (error) {
      if (isCancelled(error)) throw error;
    }
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<StreamWriter transport=${this.#transport} reader=${this.#reader}>`;
  }

  /** @internal */
  _replaceTransport(transport: Transport): void {
    this.#transport = transport;
    this._protocol._replaceTransport(transport);
  }
}

const startTls = coroutine(function* startTls(
  writer: StreamWriter,
  ssl: TlsOptions | true,
  options: StartTlsOptions,
): Coroutine<void> {
  if (writer.isClosing()) throw new RuntimeError(`Cannot speak TLS on ${writer}: it is closing.`);
  yield* writer.drain();
  writer._replaceTransport(yield* writer._loop.startTls(writer.transport, writer._protocol, ssl, options));
});
