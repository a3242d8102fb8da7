/**
 * TLS on connections of Deno: by Deno where it can, by `node:tls` where it cannot.
 *
 * @module
 */

import type { HostStream, TlsClientOptions, TlsServerOptions } from "../net.ts";
import { toDuplex } from "../node/duplex.ts";
import type { StreamEnds } from "../node/stream.ts";
import * as node from "../node/tls.ts";
import type { NetSocket } from "../node/types.ts";
import { toTlsError } from "./socket_errors.ts";
import { DenoStream } from "./stream.ts";

/** Speaks TLS as a client on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTls(
  stream: HostStream,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  if (!(stream instanceof DenoStream)) return await node.upgradeTls(stream, options, pending);
  if (stream._isIdle && pending.length === 0 && canStartTls(options)) return await startTls(stream, options);
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

/** Whether Deno's own TLS has what is asked for: it checks every certificate, and has none to show itself. */
function canStartTls({ verify = true, identity }: TlsClientOptions): boolean {
  return verify && identity === undefined;
}

async function startTls(stream: DenoStream, options: TlsClientOptions): Promise<HostStream> {
  const { serverName, ca = [], checkHostname = true, alpnProtocols = [] } = options;
  let tls: Deno.TlsConn | undefined;
  let given = false;
  const giveUp = (): void => {
    if (!given) tls?.close();
    given = true;
  };
  const conn = stream._detach({ close: giveUp });
  try {
    // Nothing else refers to the connection from here on: Deno closes it itself if this fails.
    tls = await Deno.startTls(conn, {
      hostname: serverName,
      caCerts: [...ca],
      unsafelyDisableHostnameVerification: !checkHostname,
      ...(alpnProtocols.length === 0 ? {} : { alpnProtocols: [...alpnProtocols] }),
    });
    const { alpnProtocol } = await tls.handshake();
    given = true;
    return new DenoStream(tls, { alpnProtocol });
  } catch (error) {
    giveUp();
    throw toTlsError(error);
  }
}

/** Gives a stream to Node's modules. */
async function lend(stream: DenoStream): Promise<[NetSocket, StreamEnds]> {
  const below = await toDuplex(stream, (events) => stream._tell(events));
  return [below, { localAddress: stream.localAddress, remoteAddress: stream.remoteAddress, socket: below }];
}
