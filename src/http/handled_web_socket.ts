/**
 * The server's end of a WebSocket, between the host and coroutines.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents } from "../adapters/web_socket.ts";
import type { Parkable } from "../core/contract.ts";
import { RuntimeError } from "../core/errors.ts";
import { loopOf } from "../core/internal.ts";
import { runningTask } from "../core/running.ts";
import { type LazyAwaitable, NEXT_ITEM } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { Waiters } from "../sync/waiters.ts";
import { checkPart } from "./response_body.ts";
import { ServerWebSocket, type WebSocketMessage } from "./server_web_socket.ts";
import { checkClose, WebSocketClosed } from "./web_socket_closed.ts";
import { Inbox } from "./web_socket_inbox.ts";
import { CloseTimer, Pinger } from "./web_socket_timers.ts";
import { isWaitingAt, nextMessage, Receive, Send, SocketWait, Until } from "./web_socket_waits.ts";

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

/** A WebSocket with all that its waits, and the function that talks on it, ask of it. */
export class HandledWebSocket extends ServerWebSocket {
  readonly protocol: string;
  /** Who waits for a message. */
  readonly receivers: Waiters = new Waiters();
  /** Who waits for room. */
  readonly senders: Waiters = new Waiters();
  /** Who waits for something else about it. */
  readonly others: Waiters = new Waiters();
  /** Called when it is closed: whether the function learns that without a cancel, and whether the connection was lost. */
  onClosed: ((told: boolean, lost: boolean) => void) | null = null;
  /** The task that the function runs in. */
  task: Task<unknown> | null = null;
  readonly #settings: SocketSettings;
  #host: HostWebSocket | null = null;
  readonly #inbox: Inbox;
  /** Somebody has received before. */
  #receives = false;
  /** This end has begun to close: the program, or this class since the client does what it may not. */
  #closing: { readonly code: number; readonly reason: string; readonly isOwn: boolean } | null = null;
  #closed: { readonly code: number; readonly reason: string } | null = null;
  #pinger: Pinger | null = null;
  #closeTimer: CloseTimer | null = null;

  constructor(protocol: string, settings: SocketSettings) {
    super();
    this.protocol = protocol;
    this.#settings = settings;
    this.#inbox = new Inbox(settings.backlog);
  }

  get signal(): AbortSignal {
    return (this.task as Task<unknown>).signal;
  }

  get closed(): LazyAwaitable<undefined> {
    return this.whenClosed();
  }

  isClosing(): boolean {
    return this.#closed !== null || this.#closing !== null;
  }

  receive(): LazyAwaitable<WebSocketMessage> {
    return new Receive(this);
  }

  send(message: string | Uint8Array): LazyAwaitable<undefined> {
    checkPart(message, "send");
    return new Send(this, message);
  }

  close(code: number = 1000, reason: string = ""): LazyAwaitable<undefined> {
    checkClose(code, reason);
    this.beginClose(code, reason);
    return this.whenClosed();
  }

  [Symbol.asyncIterator](): AsyncIterator<WebSocketMessage, undefined> {
    return { next: async () => await nextMessage(this) };
  }

  [NEXT_ITEM](): LazyAwaitable<IteratorResult<WebSocketMessage, undefined>> {
    return nextMessage(this);
  }

  toString(): string {
    const state = this.#closed !== null ? "closed" : this.#closing !== null ? "closing" : "open";
    return `<ServerWebSocket ${state}${this.#inbox.length > 0 ? ` ${this.#inbox.length} unread` : ""}>`;
  }

  /** What the host is to call. */
  events(): HostWebSocketEvents {
    return {
      opened: (host) => this.#opened(host),
      message: (data) => this.#message(data),
      pong: () => this.#pinger?.heard(),
      drained: () => {
        this.#pinger?.heard();
        if (this.#closed === null && this.hasRoom(true)) this.senders.releaseAll();
      },
      closed: (code, reason) => this.#hostClosed(code, reason),
    };
  }

  /** Until it is open, or will never be. */
  whenOpen(isUnused: () => boolean): LazyAwaitable<undefined> {
    return new Until(this, "open", () => this.#host !== null || this.#closed !== null || isUnused());
  }

  /** Looks again at what is waited for. */
  wakeOthers(): void {
    this.others.releaseAll();
  }

  /** Whether messages can be sent. */
  isOpen(): boolean {
    return this.#host !== null && !this.isClosing();
  }

  /** Whether the client has closed it, and was not just lost. */
  endedWell(): boolean {
    return this.#closed !== null && this.#closed.code !== 1006;
  }

  /**
   * An await of a message begins.
   *
   * @throws {RuntimeError} if another task waits for one
   */
  beginReceive(): void {
    this.#receives = true;
    if (this.receivers.size > 0) {
      throw new RuntimeError(
        "Cannot receive: another task is waiting for a message already. Let one task receive, and share by a Queue.",
      );
    }
  }

  /** Takes the next message; null if there is none yet. */
  take(): WebSocketMessage | null {
    if (this.#inbox.length > 0) return this.#inbox.take(this.#host);
    if (this.#closed === null) return null;
    const body = this.task;
    // A task beside the function has learnt it; the function may wait for something that never comes now.
    if (body !== null && !body.done() && !this.#isPartOf(runningTask(), body)) body.cancel("client left");
    throw this.#closedError();
  }

  /** Sends a message; returns whether it was. */
  transmit(data: string | Uint8Array): boolean {
    if (this.#closing?.isOwn) throw this.#closedError();
    if (this.isClosing()) return false;
    (this.#host as HostWebSocket).send(data);
    return true;
  }

  /** Whether more can be sent; or else, of a message that was not, whether it could have been. */
  hasRoom(wasSent: boolean): boolean {
    if (this.#closed !== null || !wasSent) throw this.#closedError();
    return (this.#host as HostWebSocket).bufferedAmount <= HIGH;
  }

  /** Begins to close it; only the first call counts. */
  beginClose(code: number, reason: string, isOwn = true): void {
    if (this.isClosing()) return;
    this.#closing = { code, reason, isOwn };
    if (this.#host !== null) this.#tellClosing(this.#host);
  }

  /** Cuts the connection, and takes it for closed, whatever the host does. */
  cut(): void {
    this.#host?.abort();
    this.#hostClosed(1006, "");
  }

  /** Until the client has heard that it closes, or counts as lost. */
  whenClosed(): LazyAwaitable<undefined> {
    return new Until(this, "close", () => this.#closed !== null || this.#host === null);
  }

  #tellClosing(host: HostWebSocket): void {
    const { code, reason } = this.#closing!;
    const loop = loopOf(this.task as Task<unknown>);
    host.close(code, reason);
    const kept = (): number => host.bufferedAmount;
    // Nobody may be there to wait for the answer: who does can be cancelled.
    if (this.#closed === null) {
      this.#closeTimer = new CloseTimer(loop, kept, this.#settings.heartbeat, () => this.cut());
    }
  }

  #opened(host: HostWebSocket): void {
    this.#host = host;
    if (this.#closing !== null) this.#tellClosing(host);
    else if (host.ping !== undefined && this.#settings.heartbeat !== Infinity) this.#beat();
    this.wakeOthers();
  }

  #message(data: WebSocketMessage): void {
    this.#pinger?.heard();
    // Who has closed it does not listen any more.
    if (this.isClosing()) return;
    const { limit } = this.#settings;
    if (data.length > limit) return this.beginClose(1009, `messages have at most ${limit} bytes here`, false);
    const isTaken = this.#inbox.add(data, this.#host as HostWebSocket);
    this.receivers.wakeNext();
    if (!isTaken) this.beginClose(1008, "too many messages are not read yet", false);
  }

  #hostClosed(code: number, reason: string): void {
    if (this.#closed !== null) return;
    // Clients that answer give back what this end has said, or part of it.
    this.#closed = this.#closing ?? { code, reason };
    this.#pinger?.stop();
    this.#pinger = null;
    this.#closeTimer?.stop();
    const task = this.task;
    const waits = (parked: Parkable): boolean => parked instanceof SocketWait && parked.socket === this;
    const told = task === null || task.done() || isWaitingAt(task, waits) ||
      (this.#receives && this.#inbox.length > 0 && code !== 1006);
    this.receivers.releaseAll();
    this.senders.releaseAll();
    this.wakeOthers();
    this.onClosed?.(told, this.#closed.code === 1006);
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
    const loop = loopOf(this.task as Task<unknown>);
    const kept = (): number => this.#host?.bufferedAmount ?? 0;
    this.#pinger = new Pinger(loop, this.#settings.heartbeat, () => this.#host?.ping?.(), kept, () => this.cut());
  }
}
