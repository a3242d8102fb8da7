/**
 * Sockets by Node's modules, on Node and on the runtimes that offer them too.
 *
 * @module
 */

import "../../loop/one_part.ts";
import type { NetAdapter } from "../net.ts";
import { adoptListener, adoptPipe, adoptStream } from "./adopt.ts";
import { connectTcp, connectUnix } from "./connect.ts";
import { openDatagram } from "./datagram.ts";
import { listenTcp, listenUnix } from "./listener.ts";
import { lookup, reverseLookup } from "./lookup.ts";
import { upgradeTls, upgradeTlsServer } from "./tls.ts";

/** Sockets by `node:net`, `node:tls`, `node:dgram` and `node:dns`: the reference that the fast ones are tested against. */
export const nodeNet: NetAdapter = {
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
