/**
 * Datagram sockets.
 *
 * @module
 */
import type { NetAdapter, SocketAddress } from "../adapters/net.ts";
import { NotSupportedError, OSError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import { checkClosed } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { DatagramProtocol } from "../io/protocols.ts";
import type { CreateDatagramEndpointOptions } from "../io/socket_options.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkDatagramProtocol } from "./check_protocol.ts";
import { DatagramSocket } from "./datagram_socket.ts";
import { loadNet } from "./load_net.ts";
import { resolve } from "./resolve.ts";
import { removeStaleSocket } from "./unix_files.ts";

type Family = SocketAddress["family"];

/** A local and a remote address that fit. */
interface Pair {
  readonly family: Family;
  local: SocketAddress | null;
  remote: SocketAddress | null;
}

/** `loop.createDatagramEndpoint()`. */
export function* createDatagramEndpoint<P extends DatagramProtocol>(
  loop: HostLoop,
  factory: () => P,
  options: CreateDatagramEndpointOptions,
): Coroutine<[DatagramSocket, P]> {
  const net = yield* loadNet(loop, "open a datagram socket");
  if (net.openDatagram === undefined) {
    throw new NotSupportedError(
      `Cannot open a datagram socket on "${loop.adapter.name}": this runtime does not offer it.`,
    );
  }
  const pairs = yield* pairsOf(net, options);
  const protocol = factory();
  checkDatagramProtocol(protocol);
  const transport = yield* openFirst(loop, net, pairs, options);
  checkClosed(loop);
  loop.noteOpen(transport);
  const waiter = loop.createFuture<void>();
  transport.begin(protocol, waiter);
  try {
    yield* waiter;
  } catch (error) {
    transport.closeOnceSent();
    throw error;
  }
  return [transport, protocol];
}

function* openFirst(
  loop: HostLoop,
  net: NetAdapter,
  pairs: readonly Pair[],
  options: CreateDatagramEndpointOptions,
): Coroutine<DatagramSocket> {
  const { reusePort = false, allowBroadcast: broadcast = false } = options;
  let first: unknown;
  for (const { family, local, remote } of pairs) {
    // A socket that may broadcast hears answers from everybody, so it must not be connected; it still sends to one address.
    const transport = new DatagramSocket(loop, remote, !broadcast);
    const asked = (net.openDatagram as NonNullable<NetAdapter["openDatagram"]>)(
      { local, remote: broadcast ? null : remote, family, reusePort, broadcast },
      transport.events,
    ).then((host) => {
      transport.opened(host);
      return transport;
    });
    try {
      return yield* fromPromise(asked, { onLate: (late) => late.discard() });
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Every pair of addresses of one family. */
function* pairsOf(net: NetAdapter, options: CreateDatagramEndpointOptions): Coroutine<Pair[]> {
  const { localAddr, remoteAddr, family } = options;
  if (family === "unix" || typeof localAddr === "string" || typeof remoteAddr === "string") {
    if (typeof localAddr === "string") yield* fromPromise(removeStaleSocket(localAddr));
    const unix = (path: unknown): SocketAddress | null => typeof path === "string" ? { family: "unix", path } : null;
    return [{ family: "unix", local: unix(localAddr), remote: unix(remoteAddr) }];
  }
  if (localAddr === undefined && remoteAddr === undefined) {
    return [{ family: family as Family, local: null, remote: null }];
  }
  const pairs = new Map<Family, Pair>();
  for (const [end, address] of [["local", localAddr], ["remote", remoteAddr]] as const) {
    if (address === undefined) continue;
    for (const found of yield* resolve(net, address[0], address[1], family)) {
      const pair = pairs.get(found.family) ?? { family: found.family, local: null, remote: null };
      pair[end] ??= found;
      pairs.set(found.family, pair);
    }
  }
  const complete = [...pairs.values()].filter((pair) =>
    (localAddr === undefined || pair.local !== null) && (remoteAddr === undefined || pair.remote !== null)
  );
  if (complete.length === 0) {
    throw new RangeError(
      "Cannot open a datagram socket: localAddr and remoteAddr have no family of addresses in common.",
    );
  }
  return complete;
}
