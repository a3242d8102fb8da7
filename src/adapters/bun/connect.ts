/**
 * Connecting, by a socket of `node:net` that is turned into one of Bun once it is connected.
 *
 * Quirk `connect-refused`: for two minutes an attempt that nobody answers would keep a socket open and the process alive. What `node:net` on
 * Bun connects is a socket of Bun inside, so nothing is lost afterwards.
 *
 * @module
 */

import type { HostStream, TcpConnectOptions } from "../net.ts";
import { openTcpSocket, openUnixSocket } from "../node/connect.ts";
import { NodeStream, type StreamEnds, tcpEnds, unixEnds } from "../node/stream.ts";
import type { NetSocket } from "../node/types.ts";
import { handleOf, takeHandle } from "../node/undocumented.ts";
import { BunStream, HANDLERS } from "./stream.ts";
import type { BunSocket } from "./types.ts";

/** Connects by TCP. */
export async function connectTcp(options: TcpConnectOptions): Promise<HostStream> {
  const socket = await openTcpSocket(options);
  return adopt(socket, tcpEnds(socket));
}

/** Connects to a Unix domain socket. */
export async function connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
  const socket = await openUnixSocket(path, signal);
  return adopt(socket, unixEnds(socket, path, "client"));
}

/** Takes Bun's socket out of Node's. Should it not be there, or should Node's have read something already, Node's own is used. */
function adopt(socket: NetSocket, ends: StreamEnds): HostStream {
  const handle = handleOf<BunSocket>(socket);
  const { readableLength } = socket as unknown as { readonly readableLength: number };
  if (typeof handle?.upgradeTLS !== "function" || readableLength !== 0) return new NodeStream(socket, ends, null);
  const own = handle as BunSocket;
  own.reload({ socket: HANDLERS });
  takeHandle(socket);
  return new BunStream(own, ends, null);
}
