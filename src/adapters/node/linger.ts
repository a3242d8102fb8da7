/**
 * The end of a connection that still has to send something, or whose client may still do.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "../shared/timers.ts";
import type { HttpSocket } from "./types.ts";

/** Milliseconds between two looks at what is still to be sent, and that the client has to end the connection too when all of it is. */
const LOOK_INTERVAL = 1_000;

/** How many looks may find that the client has taken nothing; one that has ended its half takes what it wants at once. */
const MAX_IDLE_CHECKS = 30;

/**
 * Ends a connection after what was written, and cuts it when that is sent: at once, or if more may come from the client a moment later. To
 * close a connection with bytes unread would reset it, and the client could lose what it was sent; so they are taken and dropped meanwhile.
 * A client that does not take what was written is cut in the end: Node may also lose what it writes by TLS, and does not tell.
 */
export function endConnection(socket: HttpSocket, mayReceive: boolean): void {
  let before = socket.writableLength;
  let looks = 0;
  const cut = (): unknown => socket.destroy();
  const look = (): void => {
    const { writableLength } = socket;
    looks = writableLength < before ? 0 : looks + 1;
    before = writableLength;
    if (looks >= (socket.readableEnded ? 1 : MAX_IDLE_CHECKS)) cut();
    else timer = setTimeout(look, LOOK_INTERVAL);
  };
  const sent = (): void => {
    clearTimeout(timer);
    if (!mayReceive) cut();
    else if (!socket.destroyed) timer = setTimeout(cut, LOOK_INTERVAL);
  };
  let timer = setTimeout(look, LOOK_INTERVAL);
  socket.once("close", () => clearTimeout(timer));
  socket.end();
  if (mayReceive) socket.resume();
  if (socket.writableFinished) sent();
  else socket.once("finish", sent);
}
