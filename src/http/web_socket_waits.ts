/**
 * How tasks wait at a WebSocket.
 *
 * @module
 */
import type { Parkable } from "../core/contract.ts";
import { coroutine } from "../core/coroutine.ts";
import { waitsFor } from "../core/lazy_internal.ts";
import { type Coroutine, FINISHED, type LazyAwaitable } from "../core/suspend.ts";
import { Task } from "../core/task.ts";
import { innermostWait } from "../core/current.ts";
import { LineWait, type Waiters } from "../sync/waiters.ts";
import type { HandledWebSocket } from "./handled_web_socket.ts";
import type { WebSocketMessage } from "./server_web_socket.ts";
import { WebSocketClosed } from "./web_socket_closed.ts";

/** A wait for something that a WebSocket tells. */
export abstract class SocketWait<T> extends LineWait<T> {
  /** The WebSocket. */
  readonly socket: HandledWebSocket;
  readonly #name: string;

  constructor(socket: HandledWebSocket, line: Waiters, name: string) {
    super(line);
    this.socket = socket;
    this.#name = name;
  }

  override methodName(): string {
    return this.#name;
  }

  override toString(): string {
    return `<${this.#name} ${this.socket}>`;
  }
}

/** `receive`. */
export class Receive extends SocketWait<WebSocketMessage> {
  constructor(socket: HandledWebSocket) {
    super(socket, socket.receivers, "receive");
  }

  override tryNow(): IteratorReturnResult<WebSocketMessage> | null {
    this.socket.beginReceive();
    return this.woken();
  }

  override woken(): IteratorReturnResult<WebSocketMessage> | null {
    const value = this.socket.take();
    return value === null ? null : { done: true, value };
  }
}

/** `send`: the message goes out at the call, and who awaits it is suspended while the host keeps too much. */
export class Send extends SocketWait<undefined> {
  readonly #wasSent: boolean;

  /** The call does its work at once: to wait is for those who want to. */
  override hasBegun(): boolean {
    return true;
  }

  constructor(socket: HandledWebSocket, data: string | Uint8Array) {
    super(socket, socket.senders, "send");
    this.#wasSent = socket.transmit(data);
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    return this.socket.hasRoom(this.#wasSent) ? FINISHED : null;
  }
}

/** Until something about the socket is as it should be. */
export class Until extends SocketWait<undefined> {
  readonly #isTrue: () => boolean;

  /** The call does its work at once: to wait is for those who want to. */
  override hasBegun(): boolean {
    return true;
  }

  constructor(socket: HandledWebSocket, name: string, isTrue: () => boolean) {
    super(socket, socket.others, name);
    this.#isTrue = isTrue;
  }

  override tryNow(): IteratorReturnResult<undefined> | null {
    return this.#isTrue() ? FINISHED : null;
  }
}

/** The next step of an iteration, which ends when the client ends the conversation well. */
export const nextMessage: (
  socket: HandledWebSocket,
) => LazyAwaitable<IteratorResult<WebSocketMessage, undefined>> = /* @__PURE__ */ coroutine(
  function* nextMessage(socket: HandledWebSocket): Coroutine<IteratorResult<WebSocketMessage, undefined>> {
    try {
      return { done: false, value: yield* socket.receive() };
    } catch (error) {
      if (error instanceof WebSocketClosed && error.ok) return { done: true, value: undefined };
      throw error;
    }
  },
);

/** Whether a task waits for one of these, directly or by a task that it awaits. */
export function isWaitingAt(task: Task<unknown>, isOne: (waited: Parkable) => boolean): boolean {
  for (let waiting: Task<unknown> = task, steps = 0; steps < 1_000; steps++) {
    const awaited = innermostWait(waitsFor(waiting));
    if (awaited === null) return false;
    if (isOne(awaited)) return true;
    if (!(awaited instanceof Task)) return false;
    waiting = awaited;
  }
  return false;
}
