/**
 * Addresses that are written as such, so that nothing has to be looked up.
 *
 * @module
 */
import type { AddressFamily } from "../io/socket_options.ts";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The family of an address; null for what is none. A zone (`fe80::1%eth0`) is for the resolver, and none here. */
export function literalFamily(host: string): AddressFamily | null {
  if (IPV4.test(host)) return "ipv4";
  return host.includes(":") && isIpv6(host) ? "ipv6" : null;
}

/**
 * An address without a zone that it does not need (`::1%lo`): only those of one link (`fe80::1%eth0`, and some of groups) are not the same
 * on every interface. The hosts do not agree on what to do with others. What is no address is given back as it is.
 */
export function withoutNeedlessZone(host: string): string {
  const [address, zone] = host.split("%");
  if (zone === undefined || address === undefined || literalFamily(address) !== "ipv6") return host;
  return /^fe[89ab]|^ff.[12]:/i.test(address) ? host : address;
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
