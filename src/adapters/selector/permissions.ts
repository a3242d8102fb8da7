/**
 * Deno's permissions for what the C library does: it asks nobody by itself.
 *
 * @module
 */

import type { SocketAddress } from "../net.ts";
import { socketError } from "../shared/socket_errors.ts";

type Descriptor = { readonly name: "net"; readonly host?: string } | {
  readonly name: "read" | "write";
  readonly path: string;
};

interface DenoGlobal {
  readonly permissions: {
    request(descriptor: Descriptor): Promise<{ readonly state: string }>;
    requestSync(descriptor: Descriptor): { readonly state: string };
  };
}

/**
 * Asks for the use of the network at an address.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function askForNet(what: string, address: string, port: number): Promise<void> {
  await ask(what, hostOf(address, port));
}

/**
 * Asks for what a Unix socket needs.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export async function askForPath(what: string, path: string): Promise<void> {
  for (const descriptor of pathOf(path)) await ask(what, descriptor);
}

/**
 * The same for any address, without waiting.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export function askForAddress(what: string, address: SocketAddress): void {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const needed = address.family === "unix" ? pathOf(address.path) : [hostOf(address.address, address.port)];
  for (const descriptor of needed) {
    const status = Deno.permissions.requestSync(descriptor);
    if (status.state !== "granted") throw socketError(what, "EACCES", status);
  }
}

/**
 * Asks for what a socket gets that listens without an address: the system takes a port on every interface.
 *
 * @throws {OSError} with code `EACCES` if it is denied
 */
export function askForUnbound(what: string, address: SocketAddress | null): void {
  if (address !== null && address.family !== "unix" && address.port === 0) askForAddress(what, address);
}

function hostOf(address: string, port: number): Descriptor {
  const host = address.includes(":") ? `[${address.replace(/%.*/, "")}]` : address;
  return { name: "net", host: `${host}:${port}` };
}

function pathOf(path: string): Descriptor[] {
  // An abstract one is no file, and Deno has no name for it.
  if (path.startsWith("\0")) return [{ name: "net" }];
  return [{ name: "read", path }, { name: "write", path }, { name: "net", host: `unix:${path}` }];
}

async function ask(what: string, descriptor: Descriptor): Promise<void> {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const status = await Deno.permissions.request(descriptor);
  if (status.state !== "granted") throw socketError(what, "EACCES", status);
}
