/**
 * What is known of a connection beside its bytes.
 *
 * @module
 */
import type { HostStream, SocketAddress } from "../adapters/net.ts";

/** One piece of information, undefined if it is not known. */
export function extraInfo(host: HostStream, name: string): unknown {
  const { tls } = host;
  switch (name) {
    case "peername":
      return plainAddress(host.remoteAddress);
    case "sockname":
      return plainAddress(host.localAddress);
    case "sslObject":
      return tls ?? undefined;
    case "peercert":
      return tls?.peerCertificate;
    case "cipher":
      return tls?.cipher;
    case "tlsVersion":
      return tls?.version;
    case "alpnProtocol":
      return tls?.alpnProtocol ?? undefined;
    default:
      return undefined;
  }
}

/** A socket for both families tells IPv4 addresses in the form of IPv6; what people know them by is the other one. */
export function plainAddress(address: SocketAddress | null): SocketAddress | undefined {
  if (address === null) return undefined;
  if (address.family !== "ipv6") return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address.address)?.[1];
  return mapped === undefined ? address : { family: "ipv4", address: mapped, port: address.port };
}

/** An address for people: `127.0.0.1:80`, `[::1]:80` or a path. */
export function formatAddress(address: SocketAddress | null | undefined): string {
  if (address === null || address === undefined) return "nowhere";
  if (address.family === "unix") return address.path === "" ? "an unnamed socket" : address.path.replace("\0", "@");
  return address.family === "ipv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
