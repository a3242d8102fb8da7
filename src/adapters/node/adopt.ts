/**
 * Descriptors of others as sockets of `node:net`.
 *
 * @module
 */

import type { AdoptedListenOptions, HostListener, HostStream, ListenEvents, StreamAddresses } from "../net.ts";
import {
  alwaysReady,
  carriesDatagrams,
  closedDescriptor,
  closedOrDevice,
  heldByRuntime,
  noDevices,
  noSocket,
} from "../shared/descriptors.ts";
import { codeOf } from "../shared/host_error.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { kindOfDescriptor } from "./descriptor_kind.ts";
import { listenByDescriptor } from "./listener.ts";
import { InputPipe, OutputPipe } from "./pipes.ts";
import { toSocketError } from "./socket_errors.ts";
import { NodeStream, tcpEnds } from "./stream.ts";
import type { NetSocket, NodeNet } from "./types.ts";

/** Takes a connected stream socket over by its descriptor. */
export async function adoptStream(fd: number, ends: StreamAddresses | null): Promise<HostStream> {
  const socket = await open(fd, true, true);
  return new NodeStream(socket, ends === null ? tcpEnds(socket) : { ...ends, socket }, null);
}

/** Listens by a descriptor. */
export async function adoptListener(options: AdoptedListenOptions, events: ListenEvents): Promise<HostListener> {
  return await listenByDescriptor(options, events);
}

/** Takes one end of a pipe over. */
export async function adoptPipe(fd: number, direction: "read" | "write"): Promise<HostStream> {
  const socket = await open(fd, direction === "read", direction === "write");
  if (direction === "read") return new OutputPipe(socket);
  // Deno would wait for the end of what it does not read.
  socket.once("finish", () => socket.destroy());
  return new InputPipe(socket);
}

async function open(fd: number, readable: boolean, writable: boolean): Promise<NetSocket> {
  const { Socket } = await loadBuiltin<NodeNet>("node:net");
  const isPipe = !readable || !writable;
  const kind = await kindOfDescriptor(fd);
  if (kind === "closed") throw closedDescriptor(fd, kind);
  if (isPipe && kind === "file") throw alwaysReady(fd, readable ? "read" : "write", kind);
  if (!isPipe && kind !== "socket" && kind !== "unknown") {
    throw noSocket(`Cannot use descriptor ${fd} as a connection`, kind);
  }
  try {
    return new Socket({ fd, allowHalfOpen: true, readable, writable });
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") throw heldByRuntime(fd, error);
    if (code !== "ERR_INVALID_FD_TYPE") throw toSocketError(`Cannot use descriptor ${fd}`, error);
    if (kind === "unknown") throw closedOrDevice(fd, error);
    if (kind === "socket") throw carriesDatagrams(`Cannot use descriptor ${fd}`, error);
    throw kind === "device" ? noDevices(fd, error) : closedDescriptor(fd, error);
  }
}
