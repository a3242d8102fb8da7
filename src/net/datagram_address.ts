/**
 * Where datagrams go.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import { describeKind } from "../core/repr.ts";

/** An address to send a datagram to: one that was received, `[address, port]`, or the path of a Unix socket. */
export type DatagramAddress = SocketAddress | readonly [address: string, port: number] | string;

/** An address in any of the forms that people write. What the hosts would refuse, each in its own way, is refused here. */
export function toSocketAddress(address: DatagramAddress): SocketAddress {
  const to = read(address);
  if (to.family === "unix") return to;
  const { port } = to;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Cannot send to port ${port}: give a whole number from 0 to 65535.`);
  }
  return to;
}

function read(address: DatagramAddress): SocketAddress {
  if (typeof address === "string") return { family: "unix", path: address };
  if (Array.isArray(address)) {
    const [host, port] = address as [string, number];
    if (typeof host === "string" && typeof port === "number" && address.length === 2) {
      if (!host.includes(":") && !/^[\d.]+$/.test(host)) {
        throw new TypeError(`Cannot send to ${describeKind(host)}: it is no address. Look names up by getaddrinfo().`);
      }
      return { family: host.includes(":") ? "ipv6" : "ipv4", address: host, port };
    }
  } else if (typeof (address as SocketAddress | null)?.family === "string") {
    return address as SocketAddress;
  }
  throw new TypeError(
    `Cannot send to ${
      describeKind(address)
    }: give [address, port], the path of a Unix socket, or the address that datagramReceived() got.`,
  );
}
