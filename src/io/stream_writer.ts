/**
 * The writing end of a stream.
 *
 * @module
 */
import type { LazyAwaitable } from "../core/suspend.ts";
import type { TransportInfo } from "./socket_infos.ts";
import type { StartTlsOptions, TlsOptions } from "./socket_options.ts";
import { madeByHand, type Transport } from "./transports.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * The options of {@linkcode StreamWriter.startTls}. Which side it is follows from who made the stream.
 *
 * @category Streams
 */
export type StreamStartTlsOptions = Omit<StartTlsOptions, "serverSide">;

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
 *
 * @category Streams
 */
export abstract class StreamWriter implements AsyncDisposable {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** For classes that extend this one. */
  constructor() {
    if (new.target === StreamWriter) throw madeByHand("StreamWriter", "openConnection() and startServer() make them");
  }

  /** The transport below, another one after {@linkcode StreamWriter.startTls}. */
  abstract readonly transport: Transport;

  /**
   * Sends bytes, or buffers them; the array must not change afterwards. Follow it by {@linkcode StreamWriter.drain}.
   *
   * Once the connection is lost or aborted bytes are dropped, and `drain()` throws.
   *
   * @throws {TypeError} unless it is a Uint8Array; text has to be encoded first
   * @throws {RuntimeError} after {@linkcode StreamWriter.writeEof} or {@linkcode StreamWriter.close}
   */
  abstract write(data: Uint8Array): void;

  /**
   * Sends several arrays, put together where that saves calls of the system.
   *
   * @throws {TypeError} unless all are Uint8Arrays; nothing is sent then
   * @throws {RuntimeError} as {@linkcode StreamWriter.write}
   */
  abstract writelines(list: Iterable<Uint8Array>): void;

  /**
   * Ends this side once everything written is sent; the other side may go on sending. A second call changes nothing, nor does one after
   * {@linkcode StreamWriter.close}.
   *
   * @throws {NotSupportedError} over TLS, which has no end of one side
   */
  abstract writeEof(): void;

  /** Whether {@linkcode StreamWriter.writeEof} is possible: not over TLS. */
  abstract canWriteEof(): boolean;

  /**
   * Waits while the write buffer is above its high-water mark, until it is down at the low one; with less in it, it does not suspend.
   * Several tasks may wait.
   *
   * @throws {OSError} when awaited, if the connection is lost: with code `ECONNRESET`, or what it was lost by
   */
  abstract drain(): LazyAwaitable<void>;

  /** Closes the connection once everything written is sent. Wait for that by {@linkcode StreamWriter.waitClosed}. */
  abstract close(): void;

  /** Whether the connection is closing or closed. */
  abstract isClosing(): boolean;

  /**
   * Waits until the connection is closed: over TLS until the other side has said goodbye, too.
   *
   * @throws {OSError} when awaited, if it was lost by an error; a {@linkcode TlsError} if that was not what TLS allows
   * @throws {TimeoutError} when awaited, if the other side did not say goodbye within `sslShutdownTimeout`
   */
  abstract waitClosed(): LazyAwaitable<void>;

  /** What is known of the connection by this name, or the fallback; see {@linkcode TransportInfo} for the names. */
  abstract getExtraInfo<K extends keyof TransportInfo>(name: K): TransportInfo[K] | null;
  /** The same with a fallback in place of null, or with a name that only the runtime knows. */
  abstract getExtraInfo(name: string, fallback?: unknown): unknown;

  /**
   * Goes on over TLS, on both ends of the stream; what the other side sent of it already is not lost. A stream of `openConnection` is
   * the client, one of `startServer` the server. What was written before leaves in the clear. On a stream that speaks TLS already, such as
   * that to a proxy, the new session is within the old one.
   *
   * @throws {TypeError} when awaited, if there is no such option, or a server has no certificate
   * @throws {RangeError} when awaited, if a client has no `serverHostname` to check the certificate for
   * @throws {TlsError} when awaited, if it cannot be agreed on; the connection is closed then
   * @throws {OSError} when awaited, if the handshake takes too long (`ECONNABORTED`) or the connection is lost
   */
  abstract startTls(ssl: TlsOptions | true, options?: StreamStartTlsOptions): LazyAwaitable<void>;

  /**
   * The stream as a web stream, to pipe into: its writes wait as {@linkcode StreamWriter.drain} does. Closing it ends this side of the
   * connection (over TLS all of it), aborting it aborts the connection.
   */
  abstract readonly writable: WritableStream<Uint8Array>;

  /**
   * Closes the connection and waits for that; for `await using`, and for `use` in coroutines. What it was lost by is not thrown. A cancel
   * ends the wait; the connection still closes.
   */
  abstract [Symbol.asyncDispose](): Promise<void>;
}
