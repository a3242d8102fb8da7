/**
 * The modules that the runtime brings along.
 *
 * No module imports them by `node:`, statically or not: a bundler for a browser or an edge worker has nothing to put in their place, and
 * gives up, although the tasks of such a program never come here.
 *
 * @module
 */
import { NotSupportedError } from "../../core/errors.ts";

interface Scope {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/** A module of the runtime, with what is used of it as its type; undefined if the runtime does not have it. */
export function findBuiltin<T>(name: `${"node" | "bun"}:${string}`): T | undefined {
  return (globalThis as unknown as Scope).process?.getBuiltinModule?.(name) as T | undefined;
}

/**
 * The same for code that cannot do without it.
 *
 * @throws {NotSupportedError} if the runtime has no such module
 */
export function builtin<T>(name: `node:${string}`): T {
  const module = findBuiltin<T>(name);
  if (module !== undefined) return module;
  throw new NotSupportedError(
    `Cannot load ${name}: this runtime has no such module. Sockets, processes, files and threads need Deno, Bun or Node.`,
  );
}

/** The same as {@linkcode builtin}, as a promise: a missing module is a rejection. */
export async function loadBuiltin<T>(name: `node:${string}`): Promise<T> {
  return await builtin<T>(name);
}
