/**
 * How tasks wait at a WebSocket.
 *
 * @module
 */
import type { Parkable } from "../core/contract.ts";
import { coroutine } from "../core/coroutine.ts";
import { type Coroutine, FINISHED, type LazyAwaitable } from "../core/suspend.ts";
import { Task } from "../core/task.ts";
import { innermostWait } from "../core/wait_chain.ts";
import { LineWait, type Waiters } from "../sync/waiters.ts";
import type { ServerWebSocket, WebSocketMessage } from "./web_socket.ts";
import { WebSocketClosed } from "./web_socket_closed.ts";

/** A wait for something that a WebSocket tells. */
export abstract class SocketWait<T> extends LineWait<T> {
  /** @internal */
  readonly _socket: ServerWebSocket;
  readonly #name: string;

  constructor(socket: ServerWebSocket, line: Waiters, name: string) {
    super(line);
    this._socket = socket;
    this.#name = name;
  }

  /** @internal The first thing of the await. */
  abstract _begin(): void;
  /** @internal What the await gives, or nothing if it has to wait. It may throw. */
  abstract _result(): IteratorReturnResult<T> | undefined;

  override methodName(): string {
    return this.#name;
  }

  override tryNow(): IteratorReturnResult<T> | null {
    this._begin();
    return this.woken();
  }

  override woken(): IteratorReturnResult<T> | null {
    return this._result() ?? null;
  }

  override toString(): string {
    return `<${this.#name} ${this._socket}>`;
  }
}

/** `receive`. */
export class Receive extends SocketWait<string | Uint8Array<ArrayBuffer>> {
  constructor(socket: ServerWebSocket) {
    super(socket, socket._receivers, "receive");
  }

  _begin(): void {
    this._socket._beginReceive();
  }

  _result(): IteratorReturnResult<string | Uint8Array<ArrayBuffer>> | undefined {
    const message = this._socket._take();
    return message === undefined ? undefined : { done: true, value: message };
  }
}

/** `send`: the message goes out at the call, and who awaits it is suspended while the host keeps too much. */
export class Send extends SocketWait<undefined> {
  readonly #wasSent: boolean;

  constructor(socket: ServerWebSocket, data: string | Uint8Array) {
    super(socket, socket._senders, "send");
    this.#wasSent = socket._send(data);
  }

  _begin(): void {}

  _result(): IteratorReturnResult<undefined> | undefined {
    return this._socket._hasRoom(this.#wasSent) ? FINISHED : undefined;
  }
}

/** Until something about the socket is as it should be. */
export class Until extends SocketWait<undefined> {
  readonly #isTrue: () => boolean;

  constructor(socket: ServerWebSocket, name: string, isTrue: () => boolean) {
    super(socket, socket._others, name);
    this.#isTrue = isTrue;
  }

  _begin(): void {}

  _result(): IteratorReturnResult<undefined> | undefined {
    return this.#isTrue() ? FINISHED : undefined;
  }
}

/** The next step of an iteration, which ends when the client ends the conversation well. */
export const nextMessage: (
  socket: ServerWebSocket,
) => LazyAwaitable<IteratorResult<WebSocketMessage, undefined>> = coroutine(
  function* nextMessage(socket: ServerWebSocket): Coroutine<IteratorResult<WebSocketMessage, undefined>> {
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
    const awaited = innermostWait(waiting._waiter);
    if (awaited === null) return false;
    if (isOne(awaited)) return true;
    if (!(awaited instanceof Task)) return false;
    waiting = awaited;
  }
  return false;
}
