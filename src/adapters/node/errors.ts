/**
 * What the errors of Node's modules mean, on Node and on the runtimes that offer them too.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { codeOf, formatAddress, isAddress, type ListenAddress, listenDenied, listenError } from "../shared/errors.ts";

interface DenoPermissions {
  request(descriptor: { readonly name: "net"; readonly host: string }): Promise<{ readonly state: string }>;
}

/** Translates what a server of Node's modules emits when it cannot listen. */
export function toListenError(error: unknown, address: ListenAddress): OSError {
  let code = codeOf(error);
  // Deno and Bun both say EINVAL: the one for an address of another machine, the other for a failed lookup.
  if (code === "EINVAL") code = isAddress(address.hostname) ? "EADDRNOTAVAIL" : "ENOTFOUND";
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
  const status = await Deno.permissions.request({ name: "net", host: formatAddress(address) });
  if (status.state !== "granted") throw listenDenied(address, status);
}
