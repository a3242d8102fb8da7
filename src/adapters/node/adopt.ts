/**
 * Descriptors of others as sockets of `node:net`.
 *
 * @module
 */

import type { HostStream, StreamAddresses } from "../net.ts";
import { loadBuiltin } from "../shared/process.ts";
import { NodeStream, tcpEnds } from "./stream.ts";
import type { NodeNet } from "./types.ts";

/** Takes a connected stream socket over by its descriptor. */
export async function adoptStream(fd: number, ends: StreamAddresses | null): Promise<HostStream> {
  const { Socket } = await loadBuiltin<NodeNet>("node:net");
  const socket = new Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
  return new NodeStream(socket, ends === null ? tcpEnds(socket) : { ...ends, socket }, null);
}
