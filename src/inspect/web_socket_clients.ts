/**
 * The WebSockets of an inspector: how many there may be, and how much they may send.
 *
 * @module
 */
import type { CoreAdapter, HostTimer } from "../adapters/adapter.ts";
import type { HostWebSocket, HostWebSocketEvents } from "../adapters/web_socket.ts";

/** So many clients may look on at once. */
export const MOST_CLIENTS = 100;
/** The longest message of a client, in bytes. */
export const LONGEST_MESSAGE: number = 1 << 16;
/** Too big: what a server says of a message that is too long. */
const TOO_BIG = 1009;

const encoder = new TextEncoder();

/** Milliseconds between two looks whether a client takes what it is sent. */
const LOOK = 20_000;

/** Those that are open, or will be. Hosts limit neither their number nor, but for Node, what they send. */
export class WebSocketClients {
  #count = 0;
  readonly #adapter: CoreAdapter;

  constructor(adapter: CoreAdapter) {
    this.#adapter = adapter;
  }

  /** Whether there is room for no more. */
  get isFull(): boolean {
    return this.#count >= MOST_CLIENTS;
  }

  /** Counts one until it is closed, closes it if it sends too much at once, and cuts it if it takes nothing of what is kept for it. */
  limited(events: HostWebSocketEvents): HostWebSocketEvents {
    this.#count++;
    let socket: HostWebSocket | null = null;
    let isOver = false;
    let timer: HostTimer = null;
    let before = 0;
    // So much is kept that nothing is added, and between two looks nothing has gone.
    const look = (): void => {
      const { bufferedAmount } = socket as HostWebSocket;
      if (bufferedAmount > 0 && bufferedAmount === before) return socket?.abort();
      before = bufferedAmount;
      timer = this.#adapter.setTimer(LOOK, look);
    };
    return {
      opened: (opened) => {
        socket = opened;
        timer = this.#adapter.setTimer(LOOK, look);
        events.opened(opened);
      },
      message: (data) => {
        if (isOver) return;
        if (bytesOf(data) <= LONGEST_MESSAGE) return events.message(data);
        isOver = true;
        socket?.close(TOO_BIG, `messages have at most ${LONGEST_MESSAGE} bytes here`);
      },
      pong: () => events.pong(),
      drained: () => events.drained(),
      closed: (code, reason) => {
        this.#count--;
        if (timer !== null) this.#adapter.clearTimer(timer);
        events.closed(code, reason);
      },
    };
  }
}

function bytesOf(data: string | Uint8Array): number {
  // Letters are at least a byte and at most three.
  if (data.length > LONGEST_MESSAGE || typeof data !== "string") return data.length;
  return data.length * 3 <= LONGEST_MESSAGE ? data.length : encoder.encode(data).length;
}
