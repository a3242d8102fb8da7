/**
 * Where datagrams go.
 *
 * @module
 */
import type { SocketAddress } from "../adapters/net.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import type { DatagramAddress } from "../io/transports.ts";
import { literalFamily, withoutNeedlessZone } from "./literal.ts";

/** An address in any of the forms that people write. What the hosts would refuse, each in its own way, is refused here. */
export function toSocketAddress(address: DatagramAddress): SocketAddress {
  if (typeof address === "string") return { family: "unix", path: address };
  const [host, port, path] = read(address);
  if (path !== null) return { family: "unix", path };
  // What follows a zone's sign is the name of an interface.
  const family = literalFamily(host.replace(/%.*$/, ""));
  if (family === null) {
    throw new TypeError(`Cannot send to ${describeValue(host)}: it is no address. Look names up by getaddrinfo().`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`Cannot send to port ${port}: give a whole number from 1 to 65535.`);
  }
  return { family, address: withoutNeedlessZone(host), port };
}

function read(given: unknown): [host: string, port: number, path: null] | [host: "", port: 0, path: string] {
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
