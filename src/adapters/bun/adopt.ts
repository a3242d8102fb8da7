/**
 * Descriptors of others as sockets of Bun.
 *
 * @module
 */

import type { HostStream, StreamAddresses } from "../net.ts";
import { BunStream, HANDLERS, tcpEnds } from "./stream.ts";
import { bun, type SocketOwner } from "./types.ts";

/** What Bun calls before there is a stream. Nothing can come: whoever awaits the socket goes on in the same turn of Bun's loop. */
const NOBODY: SocketOwner = { onData() {}, onDrain() {}, onEnd() {}, onClose() {}, onError() {}, onHandshake() {} };

/** Takes a connected stream socket over by its descriptor. */
export async function adoptStream(fd: number, ends: StreamAddresses | null): Promise<HostStream> {
  const socket = await bun().connect({ fd, allowHalfOpen: true, data: NOBODY, socket: HANDLERS });
  return new BunStream(socket, ends ?? tcpEnds(socket), null);
}
