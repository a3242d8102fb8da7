/**
 * One end of a WebSocket, for coroutines.
 *
 * @module
 */
import type { Parkable } from "../core/contract.ts";
import type { HostWebSocket, HostWebSocketEvents } from "../adapters/web_socket.ts";
import { type LazyAwaitable, NEXT_ITEM } from "../core/suspend.ts";
import { RuntimeError } from "../core/errors.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { Waiters } from "../sync/waiters.ts";
import { checkPart } from "./response_body.ts";
import { checkClose, WebSocketClosed } from "./web_socket_closed.ts";
import { Heart } from "./web_socket_heart.ts";
import { Inbox } from "./web_socket_inbox.ts";
import { LastWords } from "./web_socket_last_words.ts";
import { isWaitingAt, nextMessage, Receive, Send, SocketWait, Until } from "./web_socket_waits.ts";

/** A message: text, or bytes. */
export type WebSocketMessage = string | Uint8Array<ArrayBuffer>;

/** Senders wait while the host keeps more bytes than this. */
const HIGH = 1_048_576;

/** How a {@linkcode ServerWebSocket} behaves. */
export interface SocketSettings {
  /** The longest message, in bytes or in characters of text. */
  readonly limit: number;
  /** The most bytes that wait to be received. */
  readonly backlog: number;
  /** Milliseconds between two pings. */
  readonly heartbeat: number;
}

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
 */
export class ServerWebSocket implements AsyncIterable<WebSocketMessage> {
  /** The subprotocol that was agreed on; empty for none. */
  readonly protocol: string;
  /** @internal */
  readonly _receivers: Waiters = new Waiters();
  /** @internal */
  readonly _senders: Waiters = new Waiters();
  /** @internal */
  readonly _others: Waiters = new Waiters();
  /** @internal Called when it is closed: whether the function learns that without a cancel, and whether the connection was lost. */
  _onClosed: ((told: boolean, lost: boolean) => void) | null = null;
  /** @internal The task that the function runs in. */
  _task: Task<unknown> | null = null;
  readonly #settings: SocketSettings;
  #host: HostWebSocket | null = null;
  readonly #inbox: Inbox;
  /** Somebody has received before. */
  #receives = false;
  /** This end has begun to close: the program, or this class since the client does what it may not. */
  #closing: { readonly code: number; readonly reason: string; readonly isOwn: boolean } | null = null;
  #closed: { readonly code: number; readonly reason: string } | null = null;
  #heart: Heart | null = null;
  #lastWords: LastWords | null = null;

  /** @internal */
  constructor(protocol: string, settings: SocketSettings) {
    this.protocol = protocol;
    this.#settings = settings;
    this.#inbox = new Inbox(settings.backlog);
  }

  /** Aborts when the client is gone or the server closes: for `fetch` and everything else that takes a signal. */
  get signal(): AbortSignal {
    return (this._task as Task<unknown>).signal;
  }

  /** Waits until it is closed, whoever closes it: `yield* socket.closed`, `await socket.closed`. */
  get closed(): LazyAwaitable<undefined> {
    return this._whenClosed();
  }

  /** Whether it is closed, or this end has begun to close it. */
  isClosing(): boolean {
    return this.#closed !== null || this.#closing !== null;
  }

  /**
   * Waits for a message and gives it: a string if it was sent as text, a Uint8Array otherwise. Messages that came before the
   * client has closed are given first. A cancelled wait loses nothing.
   *
   * @throws {WebSocketClosed} when awaited, if there is none and the WebSocket is closed, also while it waits
   * @throws {RuntimeError} when awaited, if another task waits for one
   */
  receive(): LazyAwaitable<WebSocketMessage> {
    return new Receive(this);
  }

  /**
   * Sends a message at once: a string as text, bytes as bytes. Who awaits it waits while the client does not take what was sent before,
   * beyond some megabyte; without that what is sent is kept in memory. The bytes must not be changed afterwards. Once the client has left,
   * what is sent is dropped.
   *
   * @throws {TypeError} if it is neither text nor bytes
   * @throws {WebSocketClosed} if it was closed by {@linkcode ServerWebSocket.close}, or by the function's end; when awaited, if it is closed
   * by whomever, also while it waits
   */
  send(message: string | Uint8Array): LazyAwaitable<undefined> {
    checkPart(message, "send");
    return new Send(this, message);
  }

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
  close(code: number = 1000, reason: string = ""): LazyAwaitable<undefined> {
    checkClose(code, reason);
    this._close(code, reason);
    return this._whenClosed();
  }

  /** The messages; for `for await` in async functions. A loop that is left can be gone on with. */
  [Symbol.asyncIterator](): AsyncIterator<WebSocketMessage, undefined> {
    return { next: async () => await nextMessage(this) };
  }

  /** @internal */
  [NEXT_ITEM](): LazyAwaitable<IteratorResult<WebSocketMessage, undefined>> {
    return nextMessage(this);
  }

  /** Readable form. */
  toString(): string {
    const state = this.#closed !== null ? "closed" : this.#closing !== null ? "closing" : "open";
    return `<ServerWebSocket ${state}${this.#inbox.length > 0 ? ` ${this.#inbox.length} unread` : ""}>`;
  }

  /** @internal What the host is to call. */
  _events(): HostWebSocketEvents {
    return {
      opened: (host) => this.#opened(host),
      message: (data) => this.#message(data),
      pong: () => this.#heart?.heard(),
      drained: () => {
        this.#heart?.heard();
        if (this.#closed === null && this._hasRoom(true)) this._senders.releaseAll();
      },
      closed: (code, reason) => this.#hostClosed(code, reason),
    };
  }

  /** @internal Until it is open, or will never be. */
  _whenOpen(isUnused: () => boolean): LazyAwaitable<undefined> {
    return new Until(this, "open", () => this.#host !== null || this.#closed !== null || isUnused());
  }

  /** @internal Looks again at what is waited for. */
  _wakeOthers(): void {
    this._others.releaseAll();
  }

  /** @internal */
  _isOpen(): boolean {
    return this.#host !== null && !this.isClosing();
  }

  /** @internal Whether the client has closed it, and was not just lost. */
  _endedWell(): boolean {
    return this.#closed !== null && this.#closed.code !== 1006;
  }

  /** @internal */
  _beginReceive(): void {
    this.#receives = true;
    if (this._receivers.size > 0) {
      throw new RuntimeError(
        "Cannot receive: another task is waiting for a message already. Let one task receive, and share by a Queue.",
      );
    }
  }

  /** @internal The next message, if there is one. */
  _take(): WebSocketMessage | undefined {
    if (this.#inbox.length > 0) return this.#inbox.take(this.#host);
    if (this.#closed === null) return undefined;
    const body = this._task;
    // A task beside the function has learnt it; the function may wait for something that never comes now.
    if (body !== null && !body.done() && !this.#isPartOf(runningTask(), body)) body.cancel("client left");
    throw this.#closedError();
  }

  /** @internal Sends a message; gives whether it was. */
  _send(data: string | Uint8Array): boolean {
    if (this.#closing?.isOwn) throw this.#closedError();
    if (this.isClosing()) return false;
    (this.#host as HostWebSocket).send(data);
    return true;
  }

  /** @internal Whether more can be sent; or else, of a message that was not, whether it could have been. */
  _hasRoom(wasSent: boolean): boolean {
    if (this.#closed !== null || !wasSent) throw this.#closedError();
    return (this.#host as HostWebSocket).bufferedAmount <= HIGH;
  }

  /** @internal Begins to close it; only the first call counts. */
  _close(code: number, reason: string, isOwn = true): void {
    if (this.isClosing()) return;
    this.#closing = { code, reason, isOwn };
    if (this.#host !== null) this.#tellClosing(this.#host);
  }

  /** @internal Cuts the connection, and takes it for closed, whatever the host does. */
  _abort(): void {
    this.#host?.abort();
    this.#hostClosed(1006, "");
  }

  /** @internal Until the client has heard that it closes, or counts as lost. */
  _whenClosed(): LazyAwaitable<undefined> {
    return new Until(this, "close", () => this.#closed !== null || this.#host === null);
  }

  #tellClosing(host: HostWebSocket): void {
    const { code, reason } = this.#closing!;
    const { _loop: loop } = this._task as Task<unknown>;
    host.close(code, reason);
    const kept = (): number => host.bufferedAmount;
    // Nobody may be there to wait for the answer: who does can be cancelled.
    if (this.#closed === null) {
      this.#lastWords = new LastWords(loop, kept, this.#settings.heartbeat, () => this._abort());
    }
  }

  #opened(host: HostWebSocket): void {
    this.#host = host;
    if (this.#closing !== null) this.#tellClosing(host);
    else if (host.ping !== undefined && this.#settings.heartbeat !== Infinity) this.#beat();
    this._wakeOthers();
  }

  #message(data: WebSocketMessage): void {
    this.#heart?.heard();
    // Who has closed it does not listen any more.
    if (this.isClosing()) return;
    const { limit } = this.#settings;
    if (data.length > limit) return this._close(1009, `messages have at most ${limit} bytes here`, false);
    const isTaken = this.#inbox.add(data, this.#host as HostWebSocket);
    this._receivers.wakeNext();
    if (!isTaken) this._close(1008, "too many messages are not read yet", false);
  }

  #hostClosed(code: number, reason: string): void {
    if (this.#closed !== null) return;
    // Clients that answer give back what this end has said, or part of it.
    this.#closed = this.#closing ?? { code, reason };
    this.#heart?.stop();
    this.#heart = null;
    this.#lastWords?.stop();
    const task = this._task;
    const waits = (parked: Parkable): boolean => parked instanceof SocketWait && parked._socket === this;
    const told = task === null || task.done() || isWaitingAt(task, waits) ||
      (this.#receives && this.#inbox.length > 0 && code !== 1006);
    this._receivers.releaseAll();
    this._senders.releaseAll();
    this._wakeOthers();
    this._onClosed?.(told, this.#closed.code === 1006);
  }

  #closedError(): WebSocketClosed {
    const { code, reason } = this.#closed ?? this.#closing as { code: number; reason: string };
    return new WebSocketClosed(code, reason);
  }

  /** Whether a task is the function's, or one that the function awaits and nothing else. */
  #isPartOf(task: Task<unknown> | null, body: Task<unknown>): boolean {
    return task === body || task === null || isWaitingAt(body, (parked) => parked === (task as unknown));
  }

  #beat(): void {
    const { _loop: loop } = this._task as Task<unknown>;
    const kept = (): number => this.#host?.bufferedAmount ?? 0;
    this.#heart = new Heart(loop, this.#settings.heartbeat, () => this.#host?.ping?.(), kept, () => this._abort());
  }
}
