/**
 * The sockets that were made by hand and are open. One that is collected is closed.
 *
 * @module
 */

import type { OpenSockets } from "../descriptors.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import type { Reactor } from "./reactor.ts";
import { addressOf } from "./socket_calls.ts";

/** What is known of one without having it: it would be kept from being collected. */
export interface OpenSocket {
  readonly fd: number;
  readonly reactor: Reactor;
  /** What it is, such as `"ipv4 stream"`. */
  readonly kind: string;
  /** How many were made before. */
  readonly number: number;
  /** Whether somebody watches it by its number alone. */
  readonly isWatched: () => boolean;
}

const open = new Set<OpenSocket>();

/** What debug mode asks, and where it is told. */
export const openSockets: OpenSockets & { made: number } = {
  made: 0,
  unclosed: null,
  open: (after) => [...open].filter(({ number }) => number >= after).map(inWords),
};

const registry = /* @__PURE__ */ new FinalizationRegistry<OpenSocket>((socket) => {
  const { fd, reactor } = socket;
  if (!open.has(socket) || socket.isWatched()) return;
  open.delete(socket);
  const words = inWords(socket);
  // A transport or a server that was given its number has it now.
  if (!reactor.owns(fd)) reactor.library.close(fd);
  reactor.release();
  openSockets.unclosed?.(words);
});

/** One is open from now on. */
export function noteOpen(made: object, socket: Omit<OpenSocket, "number">): OpenSocket {
  const noted = { ...socket, number: openSockets.made++ };
  open.add(noted);
  registry.register(made, noted, noted);
  return noted;
}

/** It is closed, or somebody else's. */
export function noteClosed(socket: OpenSocket): void {
  open.delete(socket);
  registry.unregister(socket);
}

function inWords({ fd, reactor, kind }: OpenSocket): string {
  const local = addressOf(reactor.library, fd, "getsockname");
  const remote = addressOf(reactor.library, fd, "getpeername");
  const at = local === null ? "" : ` at ${formatSocketAddress(local)}`;
  return `<Socket fd=${fd} ${kind}${at}${remote === null ? "" : ` to ${formatSocketAddress(remote)}`}>`;
}
