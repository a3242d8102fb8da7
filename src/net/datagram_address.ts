/**
 * Where datagrams go.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import { describeKind } from "../core/repr.ts";

/** An address to send a datagram to: one that was received, `[address, port]`, or the path of a Unix socket. */
export type DatagramAddress = SocketAddress | readonly [address: string, port: number] | string;

/** An address in any of the forms that people write. */
export function toSocketAddress(address: DatagramAddress): SocketAddress {
  if (typeof address === "string") return { family: "unix", path: address };
  if (Array.isArray(address)) {
    const [host, port] = address as [string, number];
    if (typeof host === "string" && typeof port === "number" && address.length === 2) {
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
