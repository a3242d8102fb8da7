/**
 * The same as `process.ts` for lazy parts alone: a file of its own, so that no program loads it at once.
 *
 * @module
 */
import { builtin } from "./process.ts";

/** The same as {@linkcode builtin}, as a promise: a missing module is a rejection. */
export async function loadBuiltin<T>(name: `node:${string}`): Promise<T> {
  return await builtin<T>(name);
}

/** The environment variables. Deno asks the user for each that it may not show. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return (globalThis as unknown as { readonly process: { readonly env: Record<string, string | undefined> } }).process
    .env;
}
