/**
 * Programs of their own, run by the runtime that runs the tests: what ends a process cannot be tried inside a test.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string[];
  readonly errors: string;
}

/** Runs a file of `fixtures/` to its end. */
export async function runFixture(file: string, ...args: string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
  const onDeno = [
    "run",
    "--no-check",
    "--no-config",
    "--no-prompt",
    "--quiet",
    "--allow-all",
    "--v8-flags=--expose-gc",
  ];
  const flags = "Deno" in globalThis ? onDeno : "Bun" in globalThis ? [] : ["--expose-gc"];
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => errors += new TextDecoder().decode(chunk));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (code: number | null, signal: string | null) => resolve([code, signal]));
  });
  return { code, signal, output: output.trim().split("\n"), errors };
}
