/**
 * What the module asks of a runtime's WebSockets.
 *
 * @module
 */

/**
 * The events of a WebSocket of the host, each in a callback of its own.
 *
 * @category HTTP
 */
export interface HostWebSocketEvents {
  /** The connection is a WebSocket now. Told once, before everything else but {@linkcode HostWebSocketEvents.closed}. */
  opened(socket: HostWebSocket): void;
  /** A message has come: text, or bytes that nobody else uses. */
  message(data: string | Uint8Array<ArrayBuffer>): void;
  /** The client has answered a ping. */
  pong(): void;
  /** Some of what the host had kept is sent. May be called more often than that. */
  drained(): void;
  /**
   * It is closed; called once. The code and the reason are those of the frame that has closed it, 1005 if that had none; 1006 if
   * the connection was lost.
   */
  closed(code: number, reason: string): void;
}

/**
 * A WebSocket of the host.
 *
 * @category HTTP
 */
export interface HostWebSocket {
  /** How many bytes the host keeps that were sent and are not with the system yet. */
  readonly bufferedAmount: number;
  /** Sends a message. What the network does not take now is kept. Does nothing once it is closing. */
  send(data: string | Uint8Array): void;
  /** Sends the frame that closes it, after everything that was sent. A second call does nothing. */
  close(code: number, reason: string): void;
  /** Cuts the connection; a host that cannot do that leaves it to the client. */
  abort(): void;
  /** Sends a ping; absent where the host does that by itself. */
  ping?(): void;
  /** Takes nothing more from the client until {@linkcode HostWebSocket.resume}; absent where the host cannot do that. */
  pause?(): void;
  /** Goes on to take messages. */
  resume?(): void;
}

/**
 * How a request becomes a WebSocket.
 *
 * @category HTTP
 */
export interface HostWebSocketOptions {
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** Milliseconds between two pings, by hosts that send them by themselves; `Infinity` for none. */
  readonly heartbeat: number;
  /** What else the answer is to say: names and values, without those that the handshake consists of. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The longest message that is wanted, in bytes. Hosts that have no such limit pass on what is longer. */
  readonly limit: number;
  /** Its events. */
  readonly events: HostWebSocketEvents;
}
