/**
 * Deno's permissions for what Node's modules do, where there is a Deno: some denials would otherwise be thrown from a tick of
 * Deno's own, where nobody can catch them.
 *
 * @module
 */

import { socketError } from "../shared/socket_errors.ts";

type Descriptor = { readonly name: "net"; readonly host?: string } | {
  readonly name: "read" | "write";
  readonly path: string;
};

interface DenoGlobal {
  readonly permissions: { request(descriptor: Descriptor): Promise<{ readonly state: string }> };
}

/**
 * Asks for what a Unix socket needs.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function requestPath(what: string, path: string): Promise<void> {
  await request(what, { name: "read", path });
  await request(what, { name: "write", path });
}

/**
 * Asks for the use of the network at a host and port.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function requestNet(what: string, host: string): Promise<void> {
  await request(what, { name: "net", host });
}

async function request(what: string, descriptor: Descriptor): Promise<void> {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const status = await Deno.permissions.request(descriptor);
  if (status.state !== "granted") throw socketError(what, "EACCES", status);
}
