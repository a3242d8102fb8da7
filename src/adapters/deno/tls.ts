/**
 * TLS on connections of Deno, by `node:tls`.
 *
 * Deno's own TLS would do much of it, a little faster, but not all: it cannot begin while a read is under way, as it always is after some words in the
 * clear; it has no server's side for a connection that exists; it keeps the socket of a handshake that was given up (quirk `tls-given-up`); and
 * it tells nothing of certificates.
 *
 * @module
 */

import type { HostStream, TlsClientOptions, TlsServerOptions } from "../net.ts";
import { toDuplex } from "../node/duplex.ts";
import type { StreamEnds } from "../node/stream.ts";
import * as node from "../node/tls.ts";
import type { NetSocket } from "../node/types.ts";
import { DenoStream } from "./stream.ts";

/** Speaks TLS as a client on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTls(
  stream: HostStream,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  if (!(stream instanceof DenoStream)) return await node.upgradeTls(stream, options, pending);
  const [below, ends] = await lend(stream);
  return await node.connectTls(below, ends, options, pending);
}

/** Speaks TLS as a server on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTlsServer(
  stream: HostStream,
  options: TlsServerOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  if (!(stream instanceof DenoStream)) return await node.upgradeTlsServer(stream, options, pending);
  const [below, ends] = await lend(stream);
  return await node.acceptTls(below, ends, options, pending);
}

/** Makes a stream one of Node's modules. */
async function lend(stream: DenoStream): Promise<[NetSocket, StreamEnds]> {
  stream.silence();
  const below = await toDuplex(stream, (events) => stream.tellTo(events));
  return [below, { localAddress: stream.localAddress, remoteAddress: stream.remoteAddress, socket: below }];
}
