/**
 * The servers that are measured beside each other, and what is asked of this module's.
 *
 * @module
 */
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { works } from "./processes.ts";

/** What runs a server. */
export type Runtime = "Deno" | "Bun" | "Node" | "uvloop";

/** An echo server. */
export interface Peer {
  /**
   * Such as `"Bun protocol"`; `bare` is the runtime's own sockets, `copying` the same with a copy of each message, as a protocol gets it that may
   * keep what it gets, `buffered` a protocol that has one buffer, as the bare server on Deno. (On Bun every message has memory of its own.)
   */
  readonly name: string;
  /** What runs it. */
  readonly runtime: Runtime;
  /** The command; the last arguments follow. */
  readonly command: readonly [string, ...string[]];
  /** Its memory is not compared. */
  readonly onlyRates?: boolean;
}

/** What a server must reach in comparison with another one. */
export interface Goal {
  readonly peer: string;
  readonly against: string;
  /** The least ratio of their rates. */
  readonly least: number;
}

const servers = (file: string) => fileURLToPath(new URL(`servers/${file}`, import.meta.url));
const DENO = [execPath, "run", "-A", "--no-check", "--v8-flags=--expose-gc"] as const;
const BUN = ["bun", "run"] as const;
const NODE = ["node", "--expose-gc"] as const;
/** Not the one on PATH, which may be one that Debian's packages are unknown to. */
const PYTHON = "/usr/bin/python3";

const all: readonly Peer[] = [
  { name: "Deno bare", runtime: "Deno", command: [...DENO, servers("bare_deno.ts")] },
  {
    name: "Deno copying",
    runtime: "Deno",
    command: [...DENO, servers("bare_deno.ts"), "65536", "copy"],
    onlyRates: true,
  },
  { name: "Deno protocol", runtime: "Deno", command: [...DENO, servers("module.ts"), "protocol"] },
  { name: "Deno buffered", runtime: "Deno", command: [...DENO, servers("module.ts"), "buffered"], onlyRates: true },
  { name: "Deno streams", runtime: "Deno", command: [...DENO, servers("module.ts"), "streams"] },
  { name: "Bun bare", runtime: "Bun", command: [...BUN, servers("bare_bun.ts")] },
  { name: "Bun protocol", runtime: "Bun", command: [...BUN, servers("module.ts"), "protocol"] },
  { name: "Bun streams", runtime: "Bun", command: [...BUN, servers("module.ts"), "streams"] },
  { name: "Node bare", runtime: "Node", command: [...NODE, servers("bare_node.ts")] },
  { name: "Node protocol", runtime: "Node", command: [...NODE, servers("module.ts"), "protocol"] },
  { name: "Node streams", runtime: "Node", command: [...NODE, servers("module.ts"), "streams"] },
  { name: "uvloop protocol", runtime: "uvloop", command: [PYTHON, servers("uvloop_echo.py"), "protocol"] },
  { name: "uvloop streams", runtime: "uvloop", command: [PYTHON, servers("uvloop_echo.py"), "streams"] },
];

const present: Record<Runtime, () => boolean> = {
  Deno: () => true,
  Bun: () => works("bun", ["--version"]),
  // One that runs TypeScript.
  Node: () => works("node", ["-e", "process.exit(parseInt(process.versions.node) < 24 ? 1 : 0)"]),
  uvloop: () => works(PYTHON, ["-c", "import uvloop"]),
};

const advice: Record<Runtime, string> = {
  Deno: "",
  Bun: "put bun on PATH",
  Node: "put node 24 or newer on PATH",
  uvloop: "apt-get install python3-uvloop",
};

/** The servers whose runtime is here, of those whose name has one of the words; says which runtimes are not. */
export function findPeers(words: readonly string[]): Peer[] {
  const runtimes = (Object.keys(present) as Runtime[]).filter((runtime) => {
    const there = present[runtime]();
    if (!there) console.log(`${runtime} is not here, so it is left out (${advice[runtime]}).`);
    return there;
  });
  const chosen = ({ name }: Peer) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word));
  return all.filter((peer) => runtimes.includes(peer.runtime) && chosen(peer));
}

/** What short messages must reach. */
export const GOALS: readonly Goal[] = [
  { peer: "Deno protocol", against: "Deno bare", least: 0.95 },
  { peer: "Deno streams", against: "Deno bare", least: 0.85 },
  { peer: "Bun protocol", against: "Bun bare", least: 0.95 },
  { peer: "Bun streams", against: "Bun bare", least: 0.8 },
  { peer: "Bun protocol", against: "uvloop protocol", least: 1 },
  { peer: "Deno streams", against: "uvloop streams", least: 1 },
  { peer: "Bun streams", against: "uvloop streams", least: 1.3 },
];

/**
 * What long messages must reach. On Deno the bare server has no memory to allocate, for it sends from the buffer that it reads into. A protocol
 * with a buffer can do the same; the others are judged against a bare server that makes an array of each message as well.
 */
export const GOALS_OF_LONG_MESSAGES: readonly Goal[] = [
  { peer: "Deno buffered", against: "Deno bare", least: 0.95 },
  { peer: "Deno protocol", against: "Deno copying", least: 0.95 },
  { peer: "Deno streams", against: "Deno copying", least: 0.95 },
  { peer: "Deno protocol", against: "Deno bare", least: 0.95 },
  { peer: "Deno streams", against: "Deno bare", least: 0.95 },
  { peer: "Bun protocol", against: "Bun bare", least: 0.95 },
  { peer: "Bun streams", against: "Bun bare", least: 0.95 },
];
