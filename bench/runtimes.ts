/**
 * The runtimes that are measured, and how programs are run on them.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { env, execPath } from "node:process";

/** The name of a runtime that the benches run on. */
export type RuntimeName = "Deno" | "Bun";

/** A runtime, and the command that runs a file on it. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  readonly command: readonly [string, ...string[]];
}

const onDeno = "Deno" in globalThis;
const commands: Record<RuntimeName, [string, ...string[]]> = {
  Deno: [onDeno ? execPath : "deno", "run", "--allow-all", "--no-check", "--quiet"],
  Bun: ["Bun" in globalThis ? execPath : "bun", "run"],
};

/** The first line that a command prints; null if it cannot be run. */
export function firstLine(command: string, ...args: string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n", 1)[0] as string).trim() : null;
}

/** The runtimes that are here, of those that are wanted; says which are not. */
export function findRuntimes(wanted: readonly string[] = []): Runtime[] {
  const found: Runtime[] = [];
  for (const name of ["Deno", "Bun"] as const) {
    if (wanted.length > 0 && !wanted.includes(name.toLowerCase())) continue;
    const command = commands[name];
    const version = firstLine(command[0], "--version")?.replace(/^deno /, "").replace(/ .*/, "");
    if (version === undefined) console.log(`${name} is not here, so it is left out: put it on PATH.`);
    else found.push({ name, version, command });
  }
  return found;
}

/** Runs a command to its end and gives what it printed. Rejects if it fails. */
export async function output(command: readonly string[]): Promise<string> {
  const { code, errors, text } = await finish(command);
  if (code !== 0) throw new Error(`${command.join(" ")} has ended with ${code}:\n${errors || text}`);
  return text;
}

/** The same for a bench that ends with a failure when it misses a goal: that is no reason to lose what it printed. */
export async function outputWhatever(command: readonly string[]): Promise<string> {
  const { code, errors, text } = await finish(command);
  return code === 0 || text !== "" ? text : errors;
}

function finish(command: readonly string[]): Promise<{ code: number | null; text: string; errors: string }> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => errors += chunk);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, text: text.trim(), errors: errors.trim() }));
  });
}
