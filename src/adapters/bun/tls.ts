/**
 * TLS on sockets of Bun, by their own `upgradeTLS`.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import type { HostStream, TlsClientOptions, TlsServerOptions } from "../net.ts";
import { toDuplex } from "../node/duplex.ts";
import type { StreamEnds } from "../node/stream.ts";
import * as node from "../node/tls.ts";
import type { NetSocket } from "../node/types.ts";
import { tlsError } from "../shared/socket_errors.ts";
import { Handshake, HANDSHAKE_TIMEOUT, judgeClient, judgeServer, toClientTls, toServerTls } from "./handshake.ts";
import { BunStream, HANDLERS } from "./stream.ts";
import type { BunTls } from "./types.ts";

/** Speaks TLS as a client on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTls(
  stream: HostStream,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  if (!(stream instanceof BunStream)) return await node.upgradeTls(stream, options, pending);
  stream.silence();
  const tls = toClientTls(options);
  if (canUpgrade(stream, pending)) return await upgrade(stream, tls, new Handshake(judgeServer(options)), null);
  const [below, ends] = await lend(stream);
  return await node.connectTls(below, ends, options, pending);
}

/** Speaks TLS as a server on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTlsServer(
  stream: HostStream,
  options: TlsServerOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  if (!(stream instanceof BunStream)) return await node.upgradeTlsServer(stream, options, pending);
  stream.silence();
  if (options.identities !== undefined) {
    stream.abort();
    throw new NotSupportedError(
      "Cannot choose an identity by the client's name: Bun does not do so on a connection that has begun in the clear. " +
        "Upgrade with one identity, or listen with TLS from the start.",
    );
  }
  if (canUpgrade(stream, pending)) {
    const { handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
    return await upgrade(stream, toServerTls(options), new Handshake(judgeClient(options)), handshakeTimeout);
  }
  const [below, ends] = await lend(stream);
  return await node.acceptTls(below, ends, options, pending);
}

/** Bun's own TLS takes no bytes that were read already, and no session of its own. */
function canUpgrade(stream: BunStream, pending: Uint8Array): boolean {
  return stream.tls === null && pending.length === 0 && !stream.holdsBytes;
}

async function upgrade(
  stream: BunStream,
  tls: BunTls,
  handshake: Handshake,
  serverTimeout: number | null,
): Promise<HostStream> {
  if (stream.isGone) throw tlsError(false, new Error("the connection was closed"));
  const socket = stream.detach(handshake);
  // What is paused reads no handshake.
  socket.resume();
  try {
    const [, upgraded] = socket.upgradeTLS({
      data: handshake,
      tls,
      socket: HANDLERS,
      isServer: serverTimeout !== null,
    });
    handshake.begin(upgraded, stream, serverTimeout);
  } catch (error) {
    socket.terminate();
    throw tlsError(false, error);
  }
  return await handshake.done;
}

/** Makes a stream one of Node's modules. */
async function lend(stream: BunStream): Promise<[NetSocket, StreamEnds]> {
  const below = await toDuplex(stream, (events) => stream.tellTo(events));
  return [below, { localAddress: stream.localAddress, remoteAddress: stream.remoteAddress, socket: below }];
}
