/**
 * Connections to others.
 *
 * @module
 */
import type { HostStream, NetAdapter } from "../adapters/net.ts";
import { snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { coroutine } from "../core/coroutine.ts";
import { errorClasses, isCancelled, NotSupportedError, OSError, TimeoutError } from "../core/errors.ts";
import type { ExceptionGroup } from "../core/exception_group.ts";
import { fromPromise } from "../core/from_promise.ts";
import { checkClosed } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { StreamProtocol } from "../io/protocols.ts";
import type { AddressInfo } from "../io/socket_infos.ts";
import type { CreateConnectionOptions, CreateUnixConnectionOptions } from "../io/socket_options.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkProtocol } from "./check_protocol.ts";
import { loadNet } from "./load_net.ts";
import { resolve } from "./resolve.ts";
import { SocketTransport } from "./socket_transport.ts";
import { staggeredRace } from "./staggered_race.ts";
import { upgrade } from "./start_tls.ts";
import { toClientOptions } from "./tls_options.ts";

/** `loop.createConnection()`. */
export function* createConnection<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  host: string | null,
  port: number,
  options: CreateConnectionOptions,
): Coroutine<[SocketTransport, P]> {
  const net = yield* loadNet(loop, "connect");
  const { family, localAddr, happyEyeballsDelay, allErrors = false } = options;
  const { interleave = happyEyeballsDelay === undefined ? 0 : 1 } = options;
  const addresses = interleaved(yield* resolve(net, host, port, family), interleave);
  const locals = localAddr && (yield* resolve(net, localAddr[0], localAddr[1], family));
  const vars = snapshotVars();
  const reach = (address: AddressInfo) => connectTo(loop, net, address, locals, vars);
  const errors: unknown[] = [];
  let transport: SocketTransport | null = null;
  if (happyEyeballsDelay === undefined) {
    for (const address of addresses) {
      try {
        transport = yield* reach(address);
        break;
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        errors.push(error);
      }
    }
  } else {
    const candidates = addresses.map((address) => () => reach(address));
    const race = yield* staggeredRace(loop, candidates, happyEyeballsDelay, (late) => late.discard());
    transport = race.winner?.value ?? null;
    errors.push(...race.errors);
  }
  if (transport === null) throw failure(errors, allErrors, host || "this machine");
  return yield* adopt(net, transport, factory, host ?? "", options);
}

/** `loop.createUnixConnection()`. */
export function* createUnixConnection<P extends StreamProtocol>(
  loop: HostLoop,
  factory: () => P,
  path: string,
  options: CreateUnixConnectionOptions,
): Coroutine<[SocketTransport, P]> {
  const net = yield* loadNet(loop, "connect to a Unix socket");
  const { connectUnix } = net;
  if (connectUnix === undefined) {
    throw new NotSupportedError(
      `Cannot connect to a Unix socket on "${loop.adapter.name}": use TCP on 127.0.0.1 there.`,
    );
  }
  const vars = snapshotVars();
  const take = (host: HostStream) => new SocketTransport(loop, host, vars);
  const transport = yield* fromPromise((signal) => connectUnix.call(net, path, signal).then(take), { onLate });
  return yield* adopt(net, transport, factory, "", options);
}

const onLate = (transport: SocketTransport): void => transport.discard();

const connectTo = /* @__PURE__ */ coroutine(function* connectTo(
  loop: HostLoop,
  net: NetAdapter,
  { family, address, port }: AddressInfo,
  locals: readonly AddressInfo[] | undefined,
  vars: Vars,
): Coroutine<SocketTransport> {
  const local = locals?.find((candidate) => candidate.family === family);
  if (locals !== undefined && local === undefined) {
    throw new OSError(`Cannot connect to ${address} from localAddr: it has no address of the same family.`, {
      code: "EADDRNOTAVAIL",
    });
  }
  // The transport is made in the very microtask in which the socket is there, so that it hears everything.
  const take = (host: HostStream) => new SocketTransport(loop, host, vars);
  return yield* fromPromise((signal) => {
    return net.connectTcp({ address, port, localAddress: local?.address, localPort: local?.port, signal }).then(take);
  }, { onLate });
});

/** Makes the protocol, speaks TLS if that is wanted, and lets the protocol know. */
function* adopt<P extends StreamProtocol>(
  net: NetAdapter,
  plain: SocketTransport,
  factory: () => P,
  hostname: string,
  options: CreateUnixConnectionOptions,
): Coroutine<[SocketTransport, P]> {
  const { ssl, serverHostname = hostname, sslHandshakeTimeout, sslShutdownTimeout } = options;
  let protocol: P;
  try {
    checkClosed(plain.loop);
    protocol = factory();
    checkProtocol(protocol);
  } catch (error) {
    plain.discard();
    throw error;
  }
  let transport = plain;
  if (ssl) {
    const client = toClientOptions(ssl, serverHostname);
    const begin = (host: HostStream, pending: Uint8Array) => net.upgradeTls(host, client, pending);
    transport = yield* upgrade(plain, begin, null, sslHandshakeTimeout, sslShutdownTimeout);
  }
  // It was made in a microtask of the host's, and here is who has asked for it.
  transport.loop.noteOpen(transport);
  const waiter = transport.loop.createFuture<void>();
  transport.begin(protocol, waiter);
  try {
    yield* waiter;
  } catch (error) {
    // Nobody has it yet who could abort it while the other side takes its time for the goodbye of TLS. Without TLS nothing has to be waited
    // for, and the other side sees an end, not a reset.
    if (isCancelled(error) && transport.host.tls !== null) transport.abort();
    else transport.ending.close();
    throw error;
  }
  return [transport, protocol];
}

/** The first `count` addresses of the first family less one, then one of each family in turn. */
export function interleaved(addresses: readonly AddressInfo[], count: number): readonly AddressInfo[] {
  if (count === 0) return addresses;
  const families = new Map<string, AddressInfo[]>();
  for (const address of addresses) {
    const family = families.get(address.family);
    if (family === undefined) families.set(address.family, [address]);
    else family.push(address);
  }
  const lists = [...families.values()];
  const sorted = lists[0]?.splice(0, count - 1) ?? [];
  while (sorted.length < addresses.length) {
    for (const list of lists) {
      const address = list.shift();
      if (address !== undefined) sorted.push(address);
    }
  }
  return sorted;
}

/** An ExceptionGroup, which a program may be bundled without: it has not the class then by which it could tell. */
function groupOf(message: string, errors: readonly unknown[]): AggregateError {
  const name = "ExceptionGroup";
  const Group = errorClasses.get(name) as typeof ExceptionGroup | undefined;
  if (Group !== undefined) return new Group(message, errors);
  return Object.defineProperty(new AggregateError(errors, message), "name", { value: name, configurable: true });
}

/** One error for all of them. */
function failure(errors: readonly unknown[], all: boolean, host: string): unknown {
  if (errors.length === 0) return new TimeoutError(`Cannot connect to ${host}: no address answered.`);
  if (all) return groupOf("createConnection() failed", errors);
  const first = errors[0];
  const texts = errors.map((error) => error instanceof Error ? error.message : String(error));
  if (texts.every((text) => text === texts[0])) return first;
  const code = first instanceof OSError ? first.code : "EIO";
  return new OSError(`Cannot connect to any address of ${host}: ${texts.join(" ")}`, { code, cause: first });
}
