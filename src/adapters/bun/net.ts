/**
 * Sockets on Bun: its own, and Node's modules for what it lacks.
 *
 * @module
 */

import "../../loop/one_part.ts";
import type { NetAdapter } from "../net.ts";
import { adoptListener } from "../node/adopt.ts";
import { adoptStream } from "./adopt.ts";
import { lookup, reverseLookup } from "../node/lookup.ts";
import { connectTcp, connectUnix } from "./connect.ts";
import { openDatagram } from "./datagram.ts";
import { listenTcp, listenUnix } from "./listener.ts";
import { upgradeTls, upgradeTlsServer } from "./tls.ts";

/** Sockets by `Bun.listen`, `Bun.udpSocket` and their `upgradeTLS`. Names are looked up by `node:dns`, which asks the same resolver. */
export const bunNet: NetAdapter = {
  connectTcp,
  listenTcp,
  connectUnix,
  listenUnix,
  adoptStream,
  adoptListener,
  upgradeTls,
  upgradeTlsServer,
  openDatagram,
  lookup,
  reverseLookup,
};
