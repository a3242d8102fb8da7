/**
 * Addresses, as people write them and as they read them.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import type { DatagramAddress } from "../io/socket_infos.ts";
import type { AddressFamily } from "../io/socket_options.ts";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** An address for people: `127.0.0.1:80`, `[::1]:80` or a path. */
export function formatAddress(address: SocketAddress | null | undefined): string {
  if (address === null || address === undefined) return "nowhere";
  if (address.family === "unix") return address.path === "" ? "an unnamed socket" : address.path.replace("\0", "@");
  return address.family === "ipv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** A socket for both families tells IPv4 addresses in the form of IPv6; what people know them by is the other one. */
export function plainAddress(address: SocketAddress | null): SocketAddress | undefined {
  if (address === null) return undefined;
  if (address.family !== "ipv6") return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address.address)?.[1];
  return mapped === undefined ? address : { family: "ipv4", address: mapped, port: address.port };
}

/**
 * The family of a text that is an address, so that nothing has to be looked up; null for a name. A zone (`fe80::1%eth0`) is for the resolver,
 * so what has one counts as a name.
 */
export function literalFamily(host: string): AddressFamily | null {
  if (IPV4.test(host)) return "ipv4";
  return host.includes(":") && isIpv6(host) ? "ipv6" : null;
}

/**
 * An address without a zone that it does not need (`::1%lo`): only those of one link (`fe80::1%eth0`, and some of groups) are not the same
 * on every interface. The hosts do not agree on what to do with others. Anything but an address is returned as it is.
 */
export function withoutNeedlessZone(host: string): string {
  const [address, zone] = host.split("%");
  if (zone === undefined || address === undefined || literalFamily(address) !== "ipv6") return host;
  return /^fe[89ab]|^ff.[12]:/i.test(address) ? host : address;
}

/** Where a datagram goes, in any of the forms that people write. What the hosts would refuse, each in its own way, is refused here. */
export function toSocketAddress(address: DatagramAddress): SocketAddress {
  if (typeof address === "string") return { family: "unix", path: address };
  const [host, port, path] = readAddress(address);
  if (path !== null) return { family: "unix", path };
  // What follows a zone's sign is the name of an interface.
  const family = literalFamily(host.replace(/%.*$/, ""));
  if (family === null) {
    throw new TypeError(`Cannot send to ${describeValue(host)}: it is not an address. Look names up by getaddrinfo().`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`Cannot send to port ${port}: give a whole number from 1 to 65535.`);
  }
  return { family, address: withoutNeedlessZone(host), port };
}

function readAddress(given: unknown): [host: string, port: number, path: null] | [host: "", port: 0, path: string] {
  if (Array.isArray(given)) {
    const [host, port] = given;
    if (typeof host === "string" && typeof port === "number" && given.length === 2) return [host, port, null];
  } else if (typeof given === "object" && given !== null) {
    const { family, address, port, path } = given as Readonly<Record<string, unknown>>;
    if (family === "unix" && typeof path === "string") return ["", 0, path];
    if (typeof address === "string" && typeof port === "number") return [address, port, null];
  }
  throw new TypeError(
    `Cannot send to ${
      describeKind(given)
    }: give [address, port], the path of a Unix socket, or the address that datagramReceived() got.`,
  );
}

/** Eight groups, of which `::` stands for one or more; the last two may be written as an IPv4 address. */
function isIpv6(host: string): boolean {
  const halves = host.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  let count = groups.length;
  const last = groups.at(-1);
  if (last !== undefined && host.endsWith(last) && IPV4.test(last)) {
    groups.pop();
    count++;
  }
  return groups.every((group) => GROUP.test(group)) && (halves.length === 2 ? count <= 7 : count === 8);
}
