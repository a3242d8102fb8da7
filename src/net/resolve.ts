/**
 * From names to addresses and back.
 *
 * @module
 */
import type { LookupAnswer, NetAdapter } from "../adapters/net.ts";
import { NotSupportedError, OSError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { AddressInfo } from "../io/socket_infos.ts";
import type { AddressFamily } from "../io/socket_options.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { literalFamily, withoutNeedlessZone } from "./addresses.ts";
import { loadNet } from "./load_net.ts";

/** The addresses of this machine, for connecting to it without a name. */
const LOOPBACK: readonly LookupAnswer[] = [
  { family: "ipv6", address: "::1" },
  { family: "ipv4", address: "127.0.0.1" },
];

/** The addresses of a host, in the order that they are to be tried; at least one. */
export function* resolve(
  net: NetAdapter,
  given: string | null,
  port: number,
  family: AddressFamily | undefined,
): Coroutine<AddressInfo[]> {
  const host = given === null ? null : withoutNeedlessZone(given);
  const literal = host === null ? null : literalFamily(host);
  let answers: readonly LookupAnswer[];
  if (host === null || host === "") answers = LOOPBACK;
  else if (literal !== null) answers = [{ family: literal, address: host }];
  // Some runtimes take anything with a colon for an address. A zone is for the resolver.
  else if (host.includes(":") && !host.includes("%")) throw noAddress(host);
  else answers = yield* fromPromise((signal) => net.lookup(host, family ?? "any", signal));
  const found = answers.filter((answer) => family === undefined || answer.family === family);
  if (found.length === 0) {
    const kind = family === undefined ? "address" : `${family === "ipv4" ? "IPv4" : "IPv6"} address`;
    throw new OSError(`Cannot resolve ${host}: it has no ${kind}. Check the name, or ask for another family.`, {
      code: "ENOTFOUND",
    });
  }
  return found.map((answer) => ({ family: answer.family, address: answer.address, port }));
}

function noAddress(host: string): OSError {
  const inner = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host;
  const advice = inner !== host && literalFamily(inner) !== null
    ? `Leave the brackets out: ${JSON.stringify(inner)}.`
    : /^[a-z][a-z0-9+.-]*:\/\//i.test(host)
    ? "Give the name of the host alone, without the rest of the URL."
    : "A port is given apart from its host.";
  return new OSError(`Cannot resolve ${JSON.stringify(host)}: it is neither a name nor an address. ${advice}`, {
    code: "ENOTFOUND",
  });
}

/** `loop.getaddrinfo()`. */
export function* getaddrinfo(
  loop: HostLoop,
  host: string | null,
  port: number,
  family: AddressFamily | undefined,
): Coroutine<AddressInfo[]> {
  return yield* resolve(yield* loadNet(loop, "look names up"), host, port, family);
}

/** `loop.getnameinfo()`. */
export function* getnameinfo(
  loop: HostLoop,
  address: string,
  port: number,
): Coroutine<[host: string, service: string]> {
  const net = yield* loadNet(loop, "look names up");
  if (net.reverseLookup === undefined) {
    throw new NotSupportedError(
      `Cannot look the name of ${address} up on "${loop.adapter.name}": this runtime does not offer it.`,
    );
  }
  const { reverseLookup } = net;
  const { hostname, service } = yield* fromPromise((signal) => reverseLookup.call(net, address, port, signal));
  return [hostname, service];
}
