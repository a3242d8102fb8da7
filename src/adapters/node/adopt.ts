/**
 * Descriptors of others as sockets of `node:net`.
 *
 * @module
 */

import { OSError } from "../../core/errors.ts";
import type { AdoptedListenOptions, HostListener, HostStream, ListenEvents, StreamAddresses } from "../net.ts";
import { alwaysReady, closedDescriptor } from "../shared/descriptors.ts";
import { codeOf } from "../shared/host_error.ts";
import { loadBuiltin } from "../shared/process.ts";
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

interface Files {
  fstatSync(fd: number): { isFIFO(): boolean; isSocket(): boolean; isCharacterDevice(): boolean };
}

async function open(fd: number, readable: boolean, writable: boolean): Promise<NetSocket> {
  const [{ Socket }, { fstatSync }] = await Promise.all([
    loadBuiltin<NodeNet>("node:net"),
    loadBuiltin<Files>("node:fs"),
  ]);
  try {
    const kind = fstatSync(fd);
    if (!kind.isFIFO() && !kind.isSocket() && !kind.isCharacterDevice()) throw alwaysReady(fd, kind);
  } catch (error) {
    // Deno knows none that it has not opened itself.
    if (error instanceof RangeError || !("Deno" in globalThis)) {
      throw codeOf(error) === "EBADF" ? closedDescriptor(fd, error) : error;
    }
  }
  try {
    return new Socket({ fd, allowHalfOpen: true, readable, writable });
  } catch (error) {
    const code = codeOf(error);
    if (code === "ERR_INVALID_FD_TYPE") throw closedDescriptor(fd, error);
    if (code !== "EEXIST") throw toSocketError(`Cannot use descriptor ${fd}`, error);
    throw new OSError(
      `Cannot use descriptor ${fd}: Deno has opened it, and takes over none of its own. Use the functions of Deno, such as Deno.open(), or the ` +
        "selector: selectorAdapter() of @loop/asyncio/selector.",
      { code, cause: error },
    );
  }
}
