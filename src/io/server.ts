/**
 * A server: sockets that listen, and the connections that came by them.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { ListeningSocket } from "./socket_infos.ts";
import { madeByHand } from "./transports.ts";
import { printsAsText } from "../core/repr.ts";

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
