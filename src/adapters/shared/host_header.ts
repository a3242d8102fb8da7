/**
 * What a request says of the host that it is for.
 *
 * The URL of a request is made of that, so a host with a slash in it would choose the path, and one that is no host would make a URL
 * that cannot be parsed. Proxies and servers that understand two of them differently let one client's request pass for another's.
 *
 * @module
 */
import type { HttpAddress } from "../adapter.ts";
import { formatAddress } from "./errors.ts";

/** A name or an address, and a port: the characters that RFC 9112 has for them. Two headers come joined by a comma and a space. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d*)?$/i;

/** How many hosts are remembered. A server has few; a client may make up any number. */
const MAX_HOSTS = 64;

const known = new Set<string>();
let last = "";

/** Whether this is the host of a request, with or without a port, and makes a URL. */
export function isHost(value: string): boolean {
  return value === last || look(value);
}

function look(value: string): boolean {
  if (!known.has(value)) {
    if (!HOST.test(value) || !URL.canParse(`http://${value}/`)) return false;
    if (known.size >= MAX_HOSTS) known.clear();
    known.add(value);
  }
  last = value;
  return true;
}

/** The host of a request that names none, as HTTP/1.0 allows: the address that the server listens on. */
export function ownHost(addr: HttpAddress): string {
  return addr.transport === "tcp" ? formatAddress(addr) : "localhost";
}

/** The answer to a malformed request. */
export function badRequest(): Response {
  return new Response("Bad Request", { status: 400 });
}
