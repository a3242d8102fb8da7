/**
 * The WebSockets of an inspector: how many there may be, and how much they may send.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents } from "../adapters/web_socket.ts";

/** So many clients may look on at once. */
export const MOST_CLIENTS = 100;
/** The longest message of a client, in bytes. */
export const LONGEST_MESSAGE: number = 1 << 16;
/** Too big: what a server says of a message that is too long. */
const TOO_BIG = 1009;

const encoder = new TextEncoder();

/** Those that are open, or will be. Hosts limit neither their number nor, but for Node, what they send. */
export class WebSocketClients {
  #count = 0;

  /** Whether there is room for no more. */
  get isFull(): boolean {
    return this.#count >= MOST_CLIENTS;
  }

  /** Counts one until it is closed, and closes it if it sends too much at once. */
  limited(events: HostWebSocketEvents): HostWebSocketEvents {
    this.#count++;
    let socket: HostWebSocket | null = null;
    let isOver = false;
    return {
      opened: (opened) => {
        socket = opened;
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
