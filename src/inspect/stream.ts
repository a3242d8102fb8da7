/**
 * Snapshots as they come, by a WebSocket.
 *
 * @module
 */
import type { CoreAdapter, HostTimer, HostWebSocket, HostWebSocketEvents } from "../adapters/adapter.ts";
import type { Snapshot } from "./snapshot.ts";

/** Milliseconds between two snapshots. */
const INTERVAL = 250;
/** A client that has not taken so many bytes yet gets nothing more before it has. */
const MAX_UNSENT = 1 << 20;
/** Going away: what a server says that ends. */
const GOING_AWAY = 1001;

/** Sends a snapshot every quarter of a second, as JSON. The timer is the host's: the loop should not see what looks at it. */
export class SnapshotStream {
  readonly #adapter: CoreAdapter;
  readonly #take: () => Snapshot;
  readonly #over: (stream: SnapshotStream) => void;
  #socket: HostWebSocket | null = null;
  #timer: HostTimer = null;

  constructor(adapter: CoreAdapter, take: () => Snapshot, over: (stream: SnapshotStream) => void) {
    this.#adapter = adapter;
    this.#take = take;
    this.#over = over;
  }

  /** What its socket tells. */
  readonly events: HostWebSocketEvents = {
    opened: (socket) => {
      this.#socket = socket;
      this.#send();
    },
    message: () => {},
    pong: () => {},
    drained: () => {},
    closed: () => this.#closed(),
  };

  /** The loop has ended: says so, and closes. */
  end(): void {
    this.#socket?.send(JSON.stringify({ ended: true }));
    this.#socket?.close(GOING_AWAY, "The loop has ended.");
    this.#closed();
  }

  #closed(): void {
    this.#socket = null;
    if (this.#timer !== null) this.#adapter.clearTimer(this.#timer);
    this.#timer = null;
    this.#over(this);
  }

  readonly #send = (): void => {
    const socket = this.#socket;
    if (socket === null) return;
    if (socket.bufferedAmount < MAX_UNSENT) socket.send(JSON.stringify(this.#take()));
    this.#timer = this.#adapter.setTimer(INTERVAL, this.#send);
  };
}
