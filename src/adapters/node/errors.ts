/**
 * What the errors of Node's modules mean, on Node and on the runtimes that offer them too.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { formatAddress, type ListenAddress, listenDenied, listenError, lookUp } from "../shared/errors.ts";
import { codeOf } from "../shared/host_error.ts";

interface DenoPermissions {
  request(descriptor: { readonly name: "net"; readonly host: string }): Promise<{ readonly state: string }>;
}

/** Translates what a server of Node's modules emits when it cannot listen. */
export async function toListenError(error: unknown, address: ListenAddress): Promise<OSError> {
  let code = codeOf(error);
  if (address.path !== undefined) return listenError(code, address, error);
  // Bun does not tell a failed lookup: it calls it EINVAL or EADDRINUSE, whatever the system said last.
  if (code !== "ENOTFOUND" && await lookUp(address.hostname) === undefined) code = "ENOTFOUND";
  // Deno says EINVAL for an address of another machine.
  if (code === "EINVAL") code = "EADDRNOTAVAIL";
  return listenError(code, address, error);
}

/**
 * Asks Deno for the permission to listen, where there is a Deno. Left to `listen`, a denial would be thrown from a
 * tick of Deno's own, where nobody can catch it.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function requestListening(address: ListenAddress): Promise<void> {
  const { Deno } = globalThis as unknown as { readonly Deno?: { readonly permissions: DenoPermissions } };
  if (Deno === undefined) return;
  await request(Deno.permissions, address);
  // A name may be allowed and what it stands for not: Deno checks both.
  const hostname = await lookUp(address.hostname);
  if (hostname !== undefined && hostname !== address.hostname) {
    await request(Deno.permissions, { hostname, port: address.port });
  }
}

async function request(permissions: DenoPermissions, address: ListenAddress): Promise<void> {
  const status = await permissions.request({ name: "net", host: formatAddress(address) });
  if (status.state !== "granted") throw listenDenied(address, status);
}
