/**
 * Connecting by `node:net`.
 *
 * @module
 */

import type { HostStream, TcpConnectOptions } from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { formatSocketAddress, socketError } from "../shared/socket_errors.ts";
import { requestPath } from "./permissions.ts";
import { toSocketError } from "./socket_errors.ts";
import { NodeStream, tcpEnds, toAddress, unixEnds } from "./stream.ts";
import type { NetSocket, NodeNet } from "./types.ts";

/** Connects by TCP. */
export async function connectTcp(options: TcpConnectOptions): Promise<HostStream> {
  const socket = await openTcpSocket(options);
  return new NodeStream(socket, tcpEnds(socket), null);
}

/** Connects a socket of `node:net` by TCP. */
export async function openTcpSocket(options: TcpConnectOptions): Promise<NetSocket> {
  const { address, port, localAddress, localPort, signal } = options;
  const target = {
    host: address,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
  };
  const what = `Cannot connect to ${formatSocketAddress(toAddress(address, port)!)}`;
  const socket = await connect(what, target, signal);
  socket.setNoDelay(true);
  return socket;
}

/** Connects to a Unix domain socket. */
export async function connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
  const socket = await openUnixSocket(path, signal);
  return new NodeStream(socket, unixEnds(socket, path, "client"), null);
}

/** Connects a socket of `node:net` to a Unix domain socket. */
export async function openUnixSocket(path: string, signal: AbortSignal): Promise<NetSocket> {
  signal.throwIfAborted();
  const what = `Cannot connect to ${formatSocketAddress({ family: "unix", path })}`;
  await requestPath(what, path);
  return await connect(what, { path }, signal);
}

async function connect(
  what: string,
  target: Omit<Parameters<NodeNet["connect"]>[0], "allowHalfOpen">,
  signal: AbortSignal,
): Promise<NetSocket> {
  signal.throwIfAborted();
  const net = await loadBuiltin<NodeNet>("node:net");
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let socket: NetSocket | undefined;
  const fail = (error: unknown): void => {
    // Deno's quirk `foreign-local-address`.
    const foreign = target.localAddress !== undefined && codeOf(error) === "EINVAL";
    reject(foreign ? socketError(what, "EADDRNOTAVAIL", error) : toSocketError(what, error, target.path));
  };
  const abort = (): void => {
    reject(signal.reason);
    // One that is connecting has nothing to reset.
    socket?.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    socket = net.connect({ ...target, allowHalfOpen: true });
    socket.once("connect", resolve);
    socket.on("error", fail);
    await promise;
    // Between the connection and here it may have aborted, and nobody would close the socket.
    if (signal.aborted) throw signal.reason;
  } catch (error) {
    socket?.destroy();
    if (signal.aborted) throw signal.reason;
    throw error instanceof Error && "code" in error && socket !== undefined ? error : toSocketError(what, error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
  socket.removeListener("error", fail);
  return socket;
}
