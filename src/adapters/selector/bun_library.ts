/**
 * The C library by `bun:ffi`.
 *
 * @module
 */

import { findBuiltin } from "../shared/process.ts";
import { type HostLibrary, type Parameter, SIGNATURES } from "./signatures.ts";

/** What is used of `bun:ffi`. */
interface BunFfi {
  dlopen(
    name: string,
    symbols: Readonly<Record<string, { readonly args: readonly string[]; readonly returns: string }>>,
  ): { readonly symbols: Readonly<Record<string, (...args: unknown[]) => number>>; close(): void };
  ptr(bytes: Uint8Array): number;
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

const TYPES: Readonly<Record<Parameter, string>> = { i32: "i32", u32: "u32", i64: "i64", bytes: "ptr" };

let opened: HostLibrary | null = null;

/** Opens the library of this name. It stays open: Bun does not mind, and would have to compile its calls again. */
export function openWithBun(name: string): HostLibrary {
  if (opened !== null) return opened;
  const { dlopen, ptr, toArrayBuffer } = findBuiltin<BunFfi>("bun:ffi")!;
  const symbols: Record<string, { args: string[]; returns: string }> = {
    __errno_location: { args: [], returns: "ptr" },
  };
  for (const [symbol, parameters] of Object.entries(SIGNATURES)) {
    symbols[symbol] = { args: parameters.map((type) => TYPES[type]), returns: "i32" };
  }
  const library = dlopen(name, symbols);
  const functions = library.symbols as unknown as HostLibrary & { __errno_location(): number };
  const errno = new Int32Array(toArrayBuffer(functions.__errno_location(), 0, 4));
  return opened = { ...functions, name, errno: () => errno[0]!, addressOf: ptr, unload() {} };
}
