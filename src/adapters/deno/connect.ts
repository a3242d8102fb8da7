/**
 * Connecting by `Deno.connect`.
 *
 * @module
 */

import type { HostStream, TcpConnectOptions } from "../net.ts";
import * as node from "../node/connect.ts";
import { formatSocketAddress, socketError } from "../shared/socket_errors.ts";
import { toSocketError } from "./errors.ts";
import { DenoStream } from "./stream.ts";

/** Connects by TCP. */
export async function connectTcp(options: TcpConnectOptions): Promise<HostStream> {
  const { address, port, localAddress, localPort, signal } = options;
  // Deno does not let the caller choose its own end.
  if (localAddress !== undefined || localPort !== undefined) return await node.connectTcp(options);
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const what = `Cannot connect to ${formatSocketAddress({ family, address, port })}`;
  // Deno takes it for a mistake, and the system for a port that nobody listens on.
  if (port === 0 && !signal.aborted) throw socketError(what, "ECONNREFUSED", new Error("port 0 is no port"));
  const connect = (given: AbortSignal) => Deno.connect({ hostname: address, port, signal: given });
  const conn = await whileWanted(signal, connect, (error) => toSocketError(what, error));
  conn.setNoDelay(true);
  return new DenoStream(conn);
}

/** Connects to a Unix domain socket. Deno cannot give that up, but it is never under way for long; one that comes too late is closed. */
export async function connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
  const conn = await whileWanted(signal, () => Deno.connect({ transport: "unix", path }), (error) => {
    return toSocketError(`Cannot connect to ${formatSocketAddress({ family: "unix", path })}`, error, path);
  });
  return new DenoStream(conn);
}

/** Connects unless the signal aborts: then it rejects at once, and no connection is left. */
async function whileWanted<C extends Deno.Conn>(
  signal: AbortSignal,
  connect: (signal: AbortSignal) => Promise<C>,
  explain: (error: unknown) => Error,
): Promise<C> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<C>();
  const giveUp = new AbortController();
  // When it is connected Deno asks once more, and loses the connection if it has to throw: quirk `lost-connection`.
  Object.defineProperty(giveUp.signal, "throwIfAborted", { value: () => {} });
  const abort = (): void => {
    reject(signal.reason);
    giveUp.abort();
  };
  signal.addEventListener("abort", abort, { once: true });
  connect(giveUp.signal).then((conn) => {
    if (signal.aborted) conn.close();
    else resolve(conn);
  }, (error: unknown) => reject(explain(error)));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
