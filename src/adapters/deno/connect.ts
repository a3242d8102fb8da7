/**
 * Connecting by `Deno.connect`.
 *
 * @module
 */

import type { HostStream, TcpConnectOptions } from "../net.ts";
import * as node from "../node/connect.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { toSocketError } from "./socket_errors.ts";
import { DenoStream } from "./stream.ts";

/** Connects by TCP. */
export async function connectTcp(options: TcpConnectOptions): Promise<HostStream> {
  const { address, port, localAddress, localPort, signal } = options;
  // Deno does not let the caller choose its own end.
  if (localAddress !== undefined || localPort !== undefined) return await node.connectTcp(options);
  const family = address.includes(":") ? "ipv6" : "ipv4";
  let conn: Deno.TcpConn;
  try {
    conn = await Deno.connect({ hostname: address, port, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw toSocketError(`Cannot connect to ${formatSocketAddress({ family, address, port })}`, error);
  }
  if (signal.aborted) {
    conn.close();
    throw signal.reason;
  }
  conn.setNoDelay(true);
  return new DenoStream(conn);
}

/** Connects to a Unix domain socket. Deno cannot give that up, but it is never under way for long; one that comes too late is closed. */
export async function connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<HostStream>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  Deno.connect({ transport: "unix", path }).then((conn) => {
    if (signal.aborted) conn.close();
    else resolve(new DenoStream(conn));
  }, (error) => {
    reject(toSocketError(`Cannot connect to ${formatSocketAddress({ family: "unix", path })}`, error, path));
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
