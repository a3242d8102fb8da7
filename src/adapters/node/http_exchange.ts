/**
 * A request that has come by `node:http`, and its response.
 *
 * @module
 */

import type { HttpEnded } from "../adapter.ts";
import type { HttpConnection } from "./http_connection.ts";
import type { IncomingRequest } from "./http_request.ts";
import type { IncomingMessage, ServerResponse } from "./types.ts";

/** What stands behind the opaque `HttpInfo` here. */
export class Exchange {
  readonly connection: HttpConnection;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Whether it asks for another protocol, so that Node has let go of the socket. */
  readonly isUpgrade: boolean;
  /** It has become a WebSocket, and no response is sent. */
  isWebSocket = false;
  /** The request that the handler has; null before. */
  request: IncomingRequest | null = null;
  /** Sends the response, which waits until those before it are sent. */
  turn: (() => void) | null = null;
  /** How many bytes of a body Node was given. */
  bytes = 0;
  /** What made it impossible to send the response. */
  failure: { readonly error: unknown; readonly status: number | undefined } | null = null;

  constructor(connection: HttpConnection, incoming: IncomingMessage, outgoing: ServerResponse, isUpgrade: boolean) {
    this.connection = connection;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.isUpgrade = isUpgrade;
  }

  /** Sends the response that waits for that. */
  takeTurn(): void {
    const { turn } = this;
    this.turn = null;
    turn?.();
  }

  /** Nothing is sent of the response any more, and whoever waits for it learns that now. */
  abandon(): void {
    const { outgoing } = this;
    const { socket } = this.connection;
    // Its last bytes may be on their way; when they have left, Node would take the socket from it once more, and end the process over that.
    outgoing.removeAllListeners("finish");
    if (outgoing.socket === socket) outgoing.detachSocket(socket);
    // Without a socket that ends nothing else.
    outgoing.destroy();
    outgoing.emit("close");
  }

  /** Calls back once when it is known what became of the response. */
  watchEnd(ended: HttpEnded): void {
    const { outgoing } = this;
    const closed = (): void => {
      const { failure, bytes } = this;
      if (failure !== null) ended("failed", failure.error, bytes, failure.status);
      else ended(outgoing.writableFinished ? "sent" : "gone", undefined, bytes);
    };
    if (outgoing.destroyed) queueMicrotask(closed);
    else outgoing.once("close", closed);
  }
}
