/**
 * What the benches run on, and how commands are run.
 */
import { spawn, spawnSync } from "node:child_process";
import { env, execPath } from "node:process";

/** A runtime of this module. */
export type HostName = "Deno" | "Bun" | "Node";

/** A runtime, and the command that runs a file on it. */
export interface Host {
  readonly name: HostName;
  readonly version: string;
  readonly command: readonly [string, ...string[]];
}

const onDeno = "Deno" in globalThis;
const commands: Record<HostName, readonly [string, ...string[]]> = {
  Deno: [onDeno ? execPath : "deno", "run", "--allow-all", "--no-check", "--quiet"],
  Bun: ["Bun" in globalThis ? execPath : "bun", "run"],
  Node: ["node"],
};

/** Debian's Python: another one on PATH may not know Debian's packages. */
export const PYTHON = "/usr/bin/python3";

/** The flags that let a program ask for a garbage collection. Bun needs none. */
export const COLLECTING: Readonly<Record<HostName, readonly string[]>> = {
  Deno: ["--v8-flags=--expose-gc"],
  Bun: [],
  Node: ["--expose-gc"],
};

/** The first line that a command prints; null if it cannot be run. */
export function firstLine(command: string, ...args: string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n", 1)[0] as string).trim() : null;
}

/** Whether a command can be run and succeeds. */
export function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** Throws an `Error` if Bun is not here. */
export function needBun(why: string): void {
  if (!works("bun", "--version")) throw new Error(`Cannot measure: ${why} Put bun on PATH.`);
}

/** The runtimes that are here, of those that are wanted (all if none is named); prints which are not. */
export function findHosts(wanted: readonly string[] = [], names: readonly HostName[] = ["Deno", "Bun"]): Host[] {
  const found: Host[] = [];
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name.toLowerCase())) continue;
    const command = commands[name];
    const version = firstLine(command[0], "--version")?.replace(/^(deno |v)/, "").replace(/ .*/, "");
    // Older ones do not run TypeScript.
    const old = name === "Node" && version !== undefined && parseInt(version) < 24;
    if (version === undefined || old) {
      console.log(`${name} is not here, so it is left out: put ${old ? "version 24 or newer" : "it"} on PATH.`);
    } else found.push({ name, version, command });
  }
  return found;
}

/** Runs a command to its end and returns what it printed. Rejects if it fails. */
export async function output(command: readonly string[], variables: Record<string, string> = {}): Promise<string> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...variables },
  });
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => errors += chunk);
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${command.join(" ")} ended with code ${code}:\n${(errors + text).trim()}`);
  return text.trim();
}
