/**
 * Programs of their own, run by the runtime that runs the tests: what ends a process cannot be tried inside a test.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Ended as Command, ended } from "../ended.ts";

/** How a program ended, and the lines that it wrote. */
export interface Ended extends Omit<Command, "output"> {
  readonly output: string[];
}

/** Runs a file of `fixtures/` to its end. */
export function runFixture(file: string, ...args: string[]): Promise<Ended> {
  return runFile(new URL(`fixtures/${file}`, import.meta.url), ...args);
}

/** Runs a file to its end. */
export async function runFile(file: URL, ...args: string[]): Promise<Ended> {
  const path = fileURLToPath(file);
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
  const { output, ...rest } = await ended(process.execPath, [...flags, path, ...args]);
  return { ...rest, output: output.trim().split("\n") };
}
