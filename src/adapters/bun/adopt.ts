/**
 * Descriptors of others as sockets of Bun.
 *
 * @module
 */

import type { HostStream, StreamAddresses } from "../net.ts";
import { closedDescriptor, heldByRuntime } from "../shared/descriptors.ts";
import { builtin } from "../shared/process.ts";
import { socketError } from "../shared/socket_errors.ts";
import { BunStream, HANDLERS, tcpEnds } from "./stream.ts";
import { bun, type SocketOwner } from "./types.ts";

/** What Bun calls before there is a stream. Nothing can come: whoever awaits the socket goes on in the same turn of Bun's loop. */
const NOBODY: SocketOwner = { onData() {}, onDrain() {}, onEnd() {}, onClose() {}, onError() {}, onHandshake() {} };

interface Files {
  fstatSync(fd: number): { isSocket(): boolean };
}

/** Bun says of everything else that nobody listens there, and takes a pipe for a connection. */
function checkSocket(fd: number): void {
  let isSocket: boolean;
  try {
    isSocket = builtin<Files>("node:fs").fstatSync(fd).isSocket();
  } catch (error) {
    throw closedDescriptor(fd, error);
  }
  if (!isSocket) throw socketError(`Cannot use descriptor ${fd} as a connection`, "ENOTSOCK", fd);
}

/** Takes a connected stream socket over by its descriptor. */
export async function adoptStream(fd: number, ends: StreamAddresses | null): Promise<HostStream> {
  checkSocket(fd);
  const connecting = bun().connect({ fd, allowHalfOpen: true, data: NOBODY, socket: HANDLERS });
  // Bun says that nobody listens there, of whatever it refuses.
  const socket = await connecting.catch((error: unknown) => Promise.reject(heldByRuntime(fd, error)));
  return new BunStream(socket, ends ?? tcpEnds(socket), null);
}
