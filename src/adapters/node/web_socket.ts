/**
 * WebSockets on Node, which has none of its own for servers, on the socket that `node:http` hands over.
 *
 * @module
 */
import { type FrameConnection, FramedWebSocket } from "../shared/framed_web_socket.ts";
import type { HostWebSocketOptions } from "../web_socket.ts";
import { endConnection } from "./linger.ts";
import type { HttpSocket } from "./types.ts";

/** The socket, as frames go over it. */
function connectionOf(socket: HttpSocket): FrameConnection {
  return {
    get unsent(): number {
      return socket.writableLength;
    },
    write(head, payload): void {
      socket.cork();
      socket.write(head);
      if (payload.length > 0) socket.write(payload);
      socket.uncork();
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: (mayReceive) => endConnection(socket, mayReceive),
    cut: () => void socket.destroy(),
  };
}

/** A WebSocket on a socket whose request was answered. */
export class NodeWebSocket extends FramedWebSocket {
  readonly #socket: HttpSocket;

  /** Messages may be as long as the limit; `broken` gets what a callback throws. */
  constructor(socket: HttpSocket, options: HostWebSocketOptions, broken: (error: unknown) => void) {
    super(connectionOf(socket), options, broken);
    this.#socket = socket;
  }

  /** Begins to read, with what has come before. */
  listen(early: readonly Uint8Array[]): void {
    const socket = this.#socket;
    socket.on("data", (bytes: Uint8Array) => this.take(bytes));
    socket.on("drain", () => this.drained());
    socket.on("end", () => this.ended());
    socket.on("close", () => this.lost());
    for (const bytes of early) this.take(bytes);
    socket.resume();
  }
}
