/**
 * WebSockets on Bun, by `server.upgrade`.
 *
 * Messages come as they are sent, and there is no way to hold a client up.
 *
 * @module
 */
import type { HostWebSocket, HostWebSocketEvents, HostWebSocketOptions } from "../web_socket.ts";

/** The part of Bun's socket that is used here. */
interface Socket {
  readonly data: BunWebSocket;
  binaryType: string;
  sendText(data: string): number;
  sendBinary(data: Uint8Array): number;
  getBufferedAmount(): number;
  ping(): number;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** The part of Bun's server that is used here. */
export interface UpgradingServer {
  upgrade(request: Request, options: { readonly data: BunWebSocket; readonly headers?: HeadersInit }): boolean;
}

/** The option `websocket` of Bun's server: all sockets share it. */
export const WEB_SOCKETS = {
  // The longest message of all sockets; each may have a limit of its own below that.
  maxPayloadLength: 16 * 1_048_576,
  // What is kept is limited by who sends, and clients that are silent are pinged one by one.
  backpressureLimit: 0x7fff_ffff,
  idleTimeout: 0,
  sendPings: false,
  open: (socket: Socket): void => socket.data.onOpened(socket),
  message: ({ data }: Socket, message: string | Uint8Array<ArrayBuffer>): void => data.onMessage(message),
  drain: ({ data }: Socket): void => data.onDrained(),
  pong: ({ data }: Socket): void => data.onPong(),
  close: ({ data }: Socket, code: number, reason: string): void => data.onClosed(code, reason),
};

/** Makes the request a WebSocket, at once. Bun has sent the answer by then, and heeds no other. */
export function upgradeWebSocket(
  server: UpgradingServer,
  request: Request,
  { protocol, headers, events }: HostWebSocketOptions,
): Response {
  const answer = new Headers(headers as [string, string][]);
  // Quirk `first-protocol`.
  answer.set("sec-websocket-protocol", protocol ?? "");
  // False is for a client that has left; the socket never opens then.
  if (!server.upgrade(request, { data: new BunWebSocket(events), headers: answer })) {
    queueMicrotask(() => events.closed(1006, ""));
  }
  return new Response(null, { status: 101 });
}

class BunWebSocket implements HostWebSocket {
  readonly #events: HostWebSocketEvents;
  #socket: Socket | null = null;

  constructor(events: HostWebSocketEvents) {
    this.#events = events;
  }

  get bufferedAmount(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.#socket?.sendText(data);
    else this.#socket?.sendBinary(data);
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason);
  }

  abort(): void {
    this.#socket?.terminate();
  }

  ping(): void {
    this.#socket?.ping();
  }

  onOpened(socket: Socket): void {
    socket.binaryType = "uint8array";
    this.#socket = socket;
    this.#events.opened(this);
  }

  onMessage(data: string | Uint8Array<ArrayBuffer>): void {
    this.#events.message(data);
  }

  onDrained(): void {
    this.#events.drained();
  }

  onPong(): void {
    this.#events.pong();
  }

  onClosed(code: number, reason: string): void {
    this.#socket = null;
    this.#events.closed(code, reason);
  }
}
