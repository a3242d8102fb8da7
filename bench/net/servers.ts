/**
 * The echo servers that are measured beside each other.
 */
import { platform } from "node:process";
import { fileURLToPath } from "node:url";
import { COLLECTING, type Host, PYTHON, works } from "../harness/hosts.ts";
import type { Served } from "../harness/load.ts";

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
    const own = (kind: string, ...sockets: readonly string[]) =>
      ({
        name: [on, ...sockets, kind].join(" "),
        on,
        command: [...command, program("module.ts"), kind, ...sockets],
      }) as const;
    found.push({ name: `${on} bare`, on, command: [...command, bare] });
    // On Bun and Node every message has memory of its own.
    if (on === "Deno") {
      found.push({ name: "Deno copying", on, command: [...command, bare, "65536", "copy"], onlyRates: true });
      found.push({ ...own("buffered"), onlyRates: true });
    }
    found.push(own("protocol"), own("streams"));
    if (on === "Node" || platform !== "linux") continue;
    found.push(own("protocol", "selector"), own("streams", "selector"));
    if (on === "Deno") found.push({ ...own("buffered", "selector"), onlyRates: true });
  }
  if (!works(PYTHON, "-c", "import uvloop")) console.log("uvloop is left out: apt-get install python3-uvloop.");
  else {
    for (const kind of ["protocol", "streams"]) {
      found.push({ name: `uvloop ${kind}`, on: "uvloop", command: [PYTHON, program("uvloop_echo.py"), kind] });
    }
  }
  return found;
}
