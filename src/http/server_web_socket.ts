/**
 * One end of a WebSocket, as programs see it.
 *
 * @module
 */
import type { LazyAwaitable } from "../core/suspend.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * A message: text, or bytes.
 *
 * @category WebSockets
 */
export type WebSocketMessage = string | Uint8Array<ArrayBuffer>;

/**
 * The server's end of a WebSocket. Made by {@linkcode upgradeWebSocket}.
 *
 * An async function can iterate its messages by `for await`, a coroutine by {@linkcode forEach}: that ends when the client ends the
 * conversation well, and throws {@linkcode WebSocketClosed} if it ends otherwise.
 *
 * @example A chat room: one task receives, the function sends
 * ```ts
 * import { Queue, taskGroup } from "@loop/asyncio";
 * import { type ServerWebSocket, upgradeWebSocket } from "@loop/asyncio/http";
 *
 * const everybody = new Set<Queue<string>>();
 *
 * function* chat(socket: ServerWebSocket) {
 *   const news = new Queue<string>();
 *   everybody.add(news);
 *   try {
 *     yield* taskGroup(function* (group) {
 *       group.createTask(function* () {
 *         for (;;) {
 *           const message = yield* socket.receive();
 *           for (const others of everybody) others.putNowait(`somebody said ${message}`);
 *         }
 *       });
 *       for (;;) yield* socket.send(yield* news.get());
 *     });
 *   } finally {
 *     everybody.delete(news);
 *   }
 * }
 *
 * export const handler = (request: Request) => upgradeWebSocket(request, chat);
 * ```
 *
 * @category WebSockets
 */
export abstract class ServerWebSocket implements AsyncIterable<WebSocketMessage> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** The subprotocol that was agreed on; empty for none. */
  abstract readonly protocol: string;

  /** Aborts when the client is gone or the server closes: for `fetch` and everything else that takes a signal. */
  abstract get signal(): AbortSignal;

  /** Waits until it is closed, whoever closes it: `yield* socket.closed`, `await socket.closed`. */
  abstract get closed(): LazyAwaitable<undefined>;

  /** Whether it is closed, or this end has begun to close it. */
  abstract isClosing(): boolean;

  /**
   * Waits for a message and returns it: a string if it was sent as text, a Uint8Array otherwise. Messages that came before the
   * client has closed are returned first. A cancelled wait loses nothing.
   *
   * @throws {WebSocketClosed} when awaited, if there is none and the WebSocket is closed, also while it waits
   * @throws {RuntimeError} when awaited, if another task waits for one
   */
  abstract receive(): LazyAwaitable<WebSocketMessage>;

  /**
   * Sends a message at once: a string as text, bytes as bytes. Who awaits it waits while the client does not take what was sent before,
   * beyond some megabyte; without that what is sent is kept in memory. The bytes must not be changed afterwards. Once the client has left,
   * what is sent is dropped.
   *
   * @throws {TypeError} if it is neither text nor bytes
   * @throws {WebSocketClosed} if it was closed by {@linkcode ServerWebSocket.close}, or by the function's end; when awaited, if it is closed
   * by whomever, also while it waits
   */
  abstract send(message: string | Uint8Array): LazyAwaitable<undefined>;

  /**
   * Begins to close the WebSocket at once. Who awaits it waits until the client has heard it, for a second at most once it has taken
   * everything that was sent. A client that takes nothing for the time of a `heartbeat` counts as lost. The function's own end closes it as
   * well, with 1000.
   *
   * @param code 1000 by default, which stands for done; 3000 to 4999 are free for programs
   * @param reason a few words for the client; at most 123 bytes
   * @throws {TypeError} if the code is not a number, or the reason no text
   * @throws {RangeError} if the code is not one that may be sent, or the reason too long
   */
  abstract close(code?: number, reason?: string): LazyAwaitable<undefined>;

  /** The messages; for `for await` in async functions. A loop that is left can be gone on with. */
  abstract [Symbol.asyncIterator](): AsyncIterator<WebSocketMessage, undefined>;

  /** Readable form. */
  abstract toString(): string;
}
