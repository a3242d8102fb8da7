/**
 * The echo servers that are measured beside each other, and what this module's are compared with.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { COLLECTING, type Host, PYTHON, works } from "../harness/hosts.ts";
import type { Against, Served } from "../harness/load.ts";

/** An echo server. */
export interface EchoServer extends Served {
  /** What runs it. */
  readonly on: Host["name"] | "uvloop";
  /** Its memory is not compared. */
  readonly onlyRates?: boolean;
}

const program = (file: string) => fileURLToPath(new URL(`servers/${file}`, import.meta.url));

/** The servers on what is here; prints what is not. */
export function findServers(hosts: readonly Host[]): EchoServer[] {
  const found: EchoServer[] = [];
  for (const { name: on, command: [file, ...args] } of hosts) {
    const command = [file, ...args, ...COLLECTING[on]] as const;
    const bare = program("bare.ts");
    const own = (kind: string) =>
      ({ name: `${on} ${kind}`, on, command: [...command, program("module.ts"), kind] }) as const;
    found.push({ name: `${on} bare`, on, command: [...command, bare] });
    // On Bun and Node every message has memory of its own.
    if (on === "Deno") {
      found.push({ name: "Deno copying", on, command: [...command, bare, "65536", "copy"], onlyRates: true });
      found.push({ ...own("buffered"), onlyRates: true });
    }
    found.push(own("protocol"), own("streams"));
  }
  if (!works(PYTHON, "-c", "import uvloop")) console.log("uvloop is left out: apt-get install python3-uvloop.");
  else {
    for (const kind of ["protocol", "streams"]) {
      found.push({ name: `uvloop ${kind}`, on: "uvloop", command: [PYTHON, program("uvloop_echo.py"), kind] });
    }
  }
  return found;
}

const against = (bytes: string) => (peer: string, against: string): Against => ({
  id: `net/${bytes}/${peer} over ${against}`,
  peer,
  against,
});
const short = against("1 KiB");
const long = against("100 KiB");

/** What is judged of short messages. */
export const SHORT: readonly Against[] = [
  short("Deno protocol", "Deno bare"),
  short("Deno streams", "Deno bare"),
  short("Bun protocol", "Bun bare"),
  short("Bun streams", "Bun bare"),
  short("Bun protocol", "uvloop protocol"),
  short("Deno streams", "uvloop streams"),
  short("Bun streams", "uvloop streams"),
];

/**
 * What is judged of long messages. On Deno the bare server has no memory to allocate, for it sends from the buffer that it reads into. A protocol
 * with a buffer can do the same; the others are judged against a bare server that makes an array of each message as well.
 */
export const LONG: readonly Against[] = [
  long("Deno buffered", "Deno bare"),
  long("Deno protocol", "Deno copying"),
  long("Deno streams", "Deno copying"),
  long("Deno protocol", "Deno bare"),
  long("Deno streams", "Deno bare"),
  long("Bun protocol", "Bun bare"),
  long("Bun streams", "Bun bare"),
];
