/**
 * Finds out what Node and Bun do not tell: whether it was the program or its directory that could not be used.
 *
 * @module
 */
import type { SpawnOptions } from "../process.ts";
import type { Culprit } from "../shared/spawn_errors.ts";

interface NodeFs {
  readonly constants: { readonly X_OK: number };
  accessSync(path: string, mode: number): void;
  statSync(path: string): { isDirectory(): boolean };
}

/** What is to blame for a process that could not be started. */
export async function culpritOf({ cwd }: SpawnOptions, code: string): Promise<Culprit> {
  if (cwd === undefined || !["ENOENT", "ENOTDIR", "EACCES"].includes(code)) return null;
  const { accessSync, constants, statSync } = await import("node:fs") as unknown as NodeFs;
  try {
    if (!statSync(cwd).isDirectory()) return "cwd";
    accessSync(cwd, constants.X_OK);
    return null;
  } catch {
    return "cwd";
  }
}
