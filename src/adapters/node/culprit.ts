/**
 * Finds out what Node and Bun do not tell: whether it was the program or its directory that could not be used.
 *
 * @module
 */
import type { SpawnOptions } from "../process.ts";
import { loadBuiltin } from "../shared/builtin.ts";
import { mayLook } from "../shared/permissions.ts";
import type { Culprit } from "../shared/spawn_errors.ts";

interface NodeFs {
  readonly constants: { readonly X_OK: number };
  accessSync(path: string, mode: number): void;
  statSync(path: string): { isDirectory(): boolean };
}

/** What is to blame for a process that could not be started, and the right code: Deno's `node:child_process` has one for both. */
export async function blame({ cwd }: SpawnOptions, code: string): Promise<[code: string, culprit: Culprit]> {
  if (cwd === undefined || !["ENOENT", "ENOTDIR", "EACCES"].includes(code)) return [code, null];
  if (!mayLook({ name: "read", path: cwd })) return [code, null];
  const { accessSync, constants, statSync } = await loadBuiltin<NodeFs>("node:fs");
  try {
    if (!statSync(cwd).isDirectory()) return ["ENOTDIR", "cwd"];
    if (mayLook({ name: "sys" })) accessSync(cwd, constants.X_OK);
    return [code, null];
  } catch {
    return [code, "cwd"];
  }
}
