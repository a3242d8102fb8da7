/**
 * The sockets of a loop that are open: they end with it.
 *
 * @module
 */
import type { EventLoop } from "../loop/event_loop.ts";

/** Something that holds a socket of the host. */
export interface SocketHolder {
  /** Whether nobody has closed it. */
  _isOpen(): boolean;
  /** The loop has closed, and nobody will ever be told anything: lets the socket go. */
  _abandon(): void;
}

const open = new WeakMap<EventLoop, Set<SocketHolder>>();

/** Has a socket end with its loop; at once, if that has closed while the socket was made. */
export function holdSocket(loop: EventLoop, holder: SocketHolder): void {
  if (loop.isClosed()) holder._abandon();
  else openSockets(loop).add(holder);
}

/** The open sockets of a loop, which are let go when it closes. */
export function openSockets(loop: EventLoop): Set<SocketHolder> {
  let sockets = open.get(loop);
  if (sockets === undefined) {
    const made = new Set<SocketHolder>();
    open.set(loop, sockets = made);
    loop._attached.add(() => {
      for (const holder of made) {
        if (loop.getDebug() && holder._isOpen()) {
          console.warn(`${holder} was not closed before its loop. Call close(), or let await using do it.`);
        }
        holder._abandon();
      }
      made.clear();
    });
  }
  return sockets;
}
