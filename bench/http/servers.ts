/**
 * The servers that are compared.
 */
import { fileURLToPath } from "node:url";
import { type Host, PYTHON, works } from "../harness/hosts.ts";
import type { Served } from "../harness/load.ts";
import { installPackages } from "../peers/packages.ts";

/** What a handler does: it ends in its first step, or parks once. */
export const KINDS = ["first", "parks"] as const;

/** A server that is measured. */
export interface HttpServer extends Served {
  /** What it runs on; "Deno, legacy" is Deno without its flag no-legacy-abort. */
  readonly on: "Deno" | "Deno, legacy" | "Bun" | "aiohttp";
  readonly kind: typeof KINDS[number];
  /** `"bare"` is the runtime's own server. */
  readonly by: "bare" | "module" | "aiohttp";
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The servers on what is here; prints what is not. */
export function findServers(hosts: readonly Host[]): HttpServer[] {
  if (!installPackages()) throw new Error("Cannot measure HTTP: npm did not install Hono.");
  const servers: HttpServer[] = [];
  const add = (on: HttpServer["on"], ...command: readonly [string, ...string[]]) => {
    for (const kind of KINDS) {
      for (const by of ["bare", "module"] as const) {
        servers.push({ name: nameOf(on, kind, by), on, kind, by, command: [...command, here("server.ts"), by, kind] });
      }
    }
  };
  for (const { name, command } of hosts) {
    if (name === "Bun") add("Bun", ...command);
    else {
      // The checkout's configuration has the flag, so it is left out in both.
      add("Deno", ...command, "--no-config", "--unstable-no-legacy-abort");
      add("Deno, legacy", ...command, "--no-config");
    }
  }
  if (!works(PYTHON, "-c", "import aiohttp, uvloop")) {
    console.log("aiohttp is left out: apt-get install python3-aiohttp python3-uvloop.");
  } else {
    for (const kind of KINDS) {
      const command = [PYTHON, here("aiohttp_app.py"), kind] as const;
      servers.push({ name: nameOf("aiohttp", kind, "aiohttp"), on: "aiohttp", kind, by: "aiohttp", command });
    }
  }
  return servers;
}

/** The name of a server, which no other one has. */
export function nameOf(on: HttpServer["on"], kind: HttpServer["kind"], by: HttpServer["by"]): string {
  return `${on}, ${kind}, ${by}`;
}
