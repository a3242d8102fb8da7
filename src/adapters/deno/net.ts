/**
 * Sockets on Deno: its own, and Node's modules for what it lacks.
 *
 * @module
 */

import "../../loop/one_part.ts";
import type { NetAdapter } from "../net.ts";
import { adoptListener, adoptPipe, adoptStream } from "../node/adopt.ts";
import { openDatagram } from "../node/datagram.ts";
import { lookup, reverseLookup } from "../node/lookup.ts";
import { connectTcp, connectUnix } from "./connect.ts";
import { listenTcp, listenUnix } from "./listener.ts";
import { upgradeTls, upgradeTlsServer } from "./tls.ts";

/**
 * Sockets by `Deno.connect` and `Deno.listen`. Names are looked up by `node:dns`, since `Deno.resolveDns` does not know the machine's own; datagrams are
 * `node:dgram`'s (quirk `datagram-flag`).
 */
export const denoNet: NetAdapter = {
  connectTcp,
  listenTcp,
  connectUnix,
  listenUnix,
  adoptStream,
  adoptListener,
  adoptPipe,
  upgradeTls,
  upgradeTlsServer,
  openDatagram,
  lookup,
  reverseLookup,
};
