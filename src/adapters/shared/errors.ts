/**
 * The one place that says what a refused listen means and what to do about it.
 *
 * Each adapter finds the code in its host's error; the words are the same everywhere.
 *
 * @module
 */

import { OSError } from "../../core/errors.ts";
import { loadBuiltin } from "./lazy_process.ts";
import { errorText } from "./host_error.ts";
import { pathTooLong, socketError } from "./socket_errors.ts";

/** Where something listens: on a port, or on the path of a Unix socket. */
export interface ListenAddress {
  /** The address or name. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
  /** The path in their place. */
  readonly path?: string;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another socket already listens there. " +
    "End the program that does, take another port, or pass port 0 to let the system choose one",
  EADDRNOTAVAIL: "this machine has no such address. " +
    "Listen on 127.0.0.1 for this machine alone, or on 0.0.0.0 for every interface",
  ENOTFOUND: "the name does not resolve to an address. " +
    "Check its spelling, or listen on 127.0.0.1 for this machine alone or on 0.0.0.0 for every interface",
  EACCES: "the system keeps low ports for privileged users. " +
    "Take a port from 1024 on, or give the program the privilege (CAP_NET_BIND_SERVICE on Linux)",
};

/** Writes an address the way that URLs and permission flags do. */
export function formatAddress({ hostname, port }: ListenAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Makes the error for a listen that the system refused. */
export function listenError(code: string, address: ListenAddress, cause: unknown): OSError {
  if (address.path !== undefined) {
    const known = code === "EINVAL" && pathTooLong(address.path) ? "ENAMETOOLONG" : code;
    return socketError(`Cannot listen on ${address.path}`, known, cause);
  }
  const reason = REASONS[code] ?? errorText(cause);
  return new OSError(`Cannot listen on ${formatAddress(address)}: ${reason}.`, { code, cause });
}

/** Makes the error for a listen that Deno's permissions denied. */
export function listenDenied(address: ListenAddress, cause: unknown): OSError {
  if (address.path !== undefined) return socketError(`Cannot listen on ${address.path}`, "EACCES", cause);
  const where = formatAddress(address);
  return new OSError(
    `Cannot listen on ${where}: the program may not use the network there. Run it with --allow-net=${where}.`,
    { code: "EACCES", cause },
  );
}

/** Whether a host is written as an address, so that nothing needs to be looked up. */
function isAddress(hostname: string): boolean {
  return hostname.includes(":") || /^[0-9.]+$/.test(hostname);
}

/** The address that the machine knows for a host, if any: an address is its own. */
export async function lookUp(hostname: string): Promise<string | undefined> {
  if (isAddress(hostname)) return hostname;
  const { lookup } = await loadBuiltin<{
    lookup(hostname: string): Promise<{ readonly address: string }>;
  }>("node:dns/promises");
  return await lookup(hostname).then(({ address }) => address, () => undefined);
}

/**
 * Reports a response that could not be sent, and returns the one to send in its place. A body that was broken off with no reason
 * at all is reported by who has done it.
 */
export function sendFailed(error: unknown): Response {
  if (error !== undefined) console.error("Cannot send the response of an HTTP handler:", error);
  return new Response("Internal Server Error", { status: 500 });
}
