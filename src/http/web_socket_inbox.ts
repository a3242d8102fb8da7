/**
 * The messages of a WebSocket that have come and were not received yet.
 *
 * @module
 */
import type { HostWebSocket } from "../adapters/web_socket.ts";
import { Ring } from "../core/lists.ts";
import type { WebSocketMessage } from "./server_web_socket.ts";

/** What a message that waits costs beside its bytes: a flood of empty ones must be noticed as well. */
const OVERHEAD = 64;

/** Keeps messages in the order that they came, and holds the client up when they are too many. */
export class Inbox {
  readonly #messages = new Ring<WebSocketMessage>();
  readonly #backlog: number;
  #kept = 0;
  #paused = false;

  /** The most bytes that are kept. */
  constructor(backlog: number) {
    this.#backlog = backlog;
  }

  /** How many wait. */
  get length(): number {
    return this.#messages.length;
  }

  /** Keeps a message. False if they are too many now, and the host has no way to hold the client up. */
  add(message: WebSocketMessage, host: HostWebSocket): boolean {
    this.#messages.push(message);
    this.#kept += message.length + OVERHEAD;
    if (this.#kept <= this.#backlog || this.#paused) return true;
    if (host.pause === undefined) return false;
    this.#paused = true;
    host.pause();
    return true;
  }

  /** Gives the next one; there is one. */
  take(host: HostWebSocket | null): WebSocketMessage {
    const message = this.#messages.shift();
    this.#kept -= message.length + OVERHEAD;
    if (this.#paused && this.#kept <= this.#backlog / 2) {
      this.#paused = false;
      host?.resume?.();
    }
    return message;
  }
}
