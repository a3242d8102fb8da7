/**
 * The servers that are compared, and what is wanted of them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { installPackages } from "../peers/packages.ts";
import { firstLine, type Runtime } from "../runtimes.ts";

/** What the handler does. */
export type Kind = "first" | "parks";
/** What a server runs on; "Deno, legacy" is Deno without its flag no-legacy-abort. */
export type On = "Deno" | "Deno, legacy" | "Bun" | "aiohttp";

/** A server that is measured. */
export interface HttpServerUnderTest {
  readonly name: string;
  readonly on: On;
  readonly kind: Kind;
  readonly own: boolean;
  readonly command: readonly [string, ...string[]];
}

/** What this module must reach of another server's requests. */
export interface HttpGoal {
  readonly on: On;
  readonly kind: Kind;
  readonly against: On;
  /** Missing where it is only reported. */
  readonly least?: number;
}

/** What is wanted. */
export const HTTP_GOALS: readonly HttpGoal[] = [
  { on: "Deno", kind: "first", against: "Deno", least: 0.95 },
  { on: "Bun", kind: "first", against: "Bun", least: 0.95 },
  { on: "Deno", kind: "parks", against: "Deno", least: 0.75 },
  { on: "Bun", kind: "parks", against: "Bun", least: 0.8 },
  { on: "Deno, legacy", kind: "first", against: "Deno, legacy" },
  { on: "Deno, legacy", kind: "parks", against: "Deno, legacy" },
  { on: "Deno", kind: "first", against: "aiohttp", least: 8 },
  { on: "Bun", kind: "first", against: "aiohttp", least: 8 },
];

const PYTHON = "/usr/bin/python3";
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The servers whose runtime is here; says what is not. */
export function findServers(runtimes: readonly Runtime[]): HttpServerUnderTest[] {
  const servers: HttpServerUnderTest[] = [];
  if (!installPackages()) throw new Error("Cannot measure HTTP: Hono cannot be installed from npm.");
  const add = (on: On, command: readonly [string, ...string[]]) => {
    for (const kind of ["first", "parks"] as const) {
      for (const own of [false, true]) {
        const name = own ? "serve and handler" : "bare";
        servers.push({ name, on, kind, own, command: [...command, here("server.ts"), own ? "module" : "bare", kind] });
      }
    }
  };
  for (const { name, command } of runtimes) {
    if (name === "Bun") add("Bun", command);
    else {
      // The checkout's configuration has the flag, so it is left out in both.
      add("Deno", [...command, "--no-config", "--unstable-no-legacy-abort"]);
      add("Deno, legacy", [...command, "--no-config"]);
    }
  }
  if (firstLine(PYTHON, "-c", "import aiohttp, uvloop") === null) {
    console.log("aiohttp is left out: apt-get install python3-aiohttp python3-uvloop.");
  } else {
    for (const kind of ["first", "parks"] as const) {
      const command = [PYTHON, here("aiohttp_server.py"), kind] as const;
      servers.push({ name: "aiohttp", on: "aiohttp", kind, own: false, command });
    }
  }
  return servers;
}
