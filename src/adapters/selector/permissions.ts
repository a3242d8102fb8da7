/**
 * Deno's permissions for what the C library does: it asks nobody by itself.
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
 * Asks for the use of the network at an address.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function askForNet(what: string, address: string, port: number): Promise<void> {
  const host = address.includes(":") ? `[${address.replace(/%.*/, "")}]` : address;
  await ask(what, { name: "net", host: `${host}:${port}` });
}

/**
 * Asks for what a Unix socket needs.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function askForPath(what: string, path: string): Promise<void> {
  // An abstract one is no file, and Deno has no name for it.
  if (path.startsWith("\0")) return await ask(what, { name: "net" });
  await ask(what, { name: "read", path });
  await ask(what, { name: "write", path });
  await ask(what, { name: "net", host: `unix:${path}` });
}

async function ask(what: string, descriptor: Descriptor): Promise<void> {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const status = await Deno.permissions.request(descriptor);
  if (status.state !== "granted") throw socketError(what, "EACCES", status);
}
