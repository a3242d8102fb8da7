/**
 * From names to addresses and back.
 *
 * @module
 */
import type { LookupAnswer, NetAdapter } from "../adapters/net.ts";
import { NotSupportedError, OSError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { requireCapability } from "../loop/event_loop.ts";
import type { AddressFamily } from "./options.ts";

/** An address that `loop.getaddrinfo()` found. */
export interface AddressInfo {
  /** Its family. */
  readonly family: AddressFamily;
  /** The address. */
  readonly address: string;
  /** The port that was asked for. */
  readonly port: number;
}

/** The addresses of this machine, for connecting to it without a name. */
const LOOPBACK: readonly LookupAnswer[] = [
  { family: "ipv6", address: "::1" },
  { family: "ipv4", address: "127.0.0.1" },
];

/** What the runtime does with sockets. */
export function* netOf(loop: EventLoop, what: string): Coroutine<NetAdapter> {
  if (loop._net !== null) return loop._net;
  const { adapter } = loop;
  requireCapability(adapter.net, what, adapter);
  const net = yield* fromPromise((adapter.net as NonNullable<typeof adapter.net>)());
  return loop._net = net;
}

/** The family of what is an address already, so that nothing has to be looked up. A zone (`fe80::1%eth0`) needs the resolver. */
export function literalFamily(host: string): AddressFamily | null {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(host)) return "ipv4";
  return host.includes(":") && /^[0-9a-f:.]+$/i.test(host) ? "ipv6" : null;
}

/** The addresses of a host, in the order that they are to be tried; at least one. */
export function* resolve(
  net: NetAdapter,
  host: string | null,
  port: number,
  family: AddressFamily | undefined,
): Coroutine<AddressInfo[]> {
  const literal = host === null ? null : literalFamily(host);
  let answers: readonly LookupAnswer[];
  if (host === null || host === "") answers = LOOPBACK;
  else if (literal !== null) answers = [{ family: literal, address: host }];
  else answers = yield* fromPromise(net.lookup(host, family ?? "any"));
  const found = answers.filter((answer) => family === undefined || answer.family === family);
  if (found.length === 0) {
    const kind = family === undefined ? "address" : `${family === "ipv4" ? "IPv4" : "IPv6"} address`;
    throw new OSError(`Cannot resolve ${host}: it has no ${kind}. Check the name, or ask for another family.`, {
      code: "ENOTFOUND",
    });
  }
  return found.map((answer) => ({ family: answer.family, address: answer.address, port }));
}

/** `loop.getaddrinfo()`. */
export function* getaddrinfo(
  loop: EventLoop,
  host: string | null,
  port: number,
  family: AddressFamily | undefined,
): Coroutine<AddressInfo[]> {
  return yield* resolve(yield* netOf(loop, "look names up"), host, port, family);
}

/** `loop.getnameinfo()`. */
export function* getnameinfo(
  loop: EventLoop,
  address: string,
  port: number,
): Coroutine<[host: string, service: string]> {
  const net = yield* netOf(loop, "look names up");
  if (net.reverseLookup === undefined) {
    throw new NotSupportedError(
      `Cannot look the name of ${address} up on "${loop.adapter.name}": this runtime does not offer it.`,
    );
  }
  const { hostname, service } = yield* fromPromise(net.reverseLookup(address, port));
  return [hostname, service];
}
