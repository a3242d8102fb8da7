/**
 * Sockets that are descriptors of ours, watched by epoll. Names, datagrams and TLS are the runtime's.
 *
 * @module
 */

import type { NetAdapter } from "../net.ts";
import { adoptListener, adoptPipe, adoptStream } from "./adopt.ts";
import { connectTcp, connectUnix } from "./connect.ts";
import { listenTcp, listenUnix } from "./listener.ts";
import { keepReactorFor } from "./reactor.ts";
import { handOver } from "./tls.ts";

/** The sockets of the selector, beside those of the runtime. */
export function selectorNet(host: NetAdapter): NetAdapter {
  return {
    ...host,
    keepFor: keepReactorFor,
    connectTcp,
    connectUnix,
    listenTcp: (options, events) => (options.tls === undefined ? listenTcp : host.listenTcp)(options, events),
    listenUnix: (options, events) => (options.tls === undefined ? listenUnix : host.listenUnix!)(options, events),
    adoptStream,
    adoptListener: (options, events) => {
      return (options.tls === undefined ? adoptListener : host.adoptListener!)(options, events);
    },
    adoptPipe,
    upgradeTls: async (stream, options, pending) => host.upgradeTls(await handOver(host, stream), options, pending),
    upgradeTlsServer: async (stream, options, pending) => {
      return host.upgradeTlsServer!(await handOver(host, stream), options, pending);
    },
  };
}
