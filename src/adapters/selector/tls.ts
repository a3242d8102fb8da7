/**
 * TLS on streams of the selector, by the runtime, which takes their descriptors over.
 *
 * @module
 */

import type { HostStream, NetAdapter } from "../net.ts";
import { tlsError } from "../shared/socket_errors.ts";
import { SelectorStream } from "./stream.ts";

/** Makes a stream one of the runtime. One of another adapter, or with TLS, is that already. Aborting the old stream aborts the new one. */
export async function handOver(host: NetAdapter, stream: HostStream): Promise<HostStream> {
  if (!(stream instanceof SelectorStream)) return stream;
  const { localAddress, remoteAddress } = stream;
  const fd = stream.detach();
  if (fd < 0) throw tlsError(false, new Error("the connection was closed"));
  const adopted = await host.adoptStream!(fd, { localAddress, remoteAddress });
  stream.succeededBy(adopted);
  return adopted;
}
