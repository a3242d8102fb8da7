/**
 * The C library by `Deno.dlopen`.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import { type HostLibrary, type Parameter, SIGNATURES } from "./signatures.ts";

const TYPES: Readonly<Record<Parameter, Deno.NativeType>> = { i32: "i32", u32: "u32", i64: "isize", bytes: "buffer" };

/** What is not for others. */
interface Opened {
  __errno_location(): Deno.PointerObject;
  quotient(address: Uint8Array, divisor: number): number;
}

/** Opens the library of this name. */
export function openWithDeno(name: string): HostLibrary {
  requirePermission();
  const symbols: Record<string, Deno.ForeignFunction> = {
    __errno_location: { parameters: [], result: "pointer" },
  };
  for (const [symbol, parameters] of Object.entries(SIGNATURES)) {
    symbols[symbol] = { parameters: parameters.map((type) => TYPES[type]), result: "i32" };
  }
  // Of an address that is divided the lower 32 bits are returned. Deno's own functions make an object of it, and take longer.
  symbols["quotient"] = { name: "ldiv", parameters: ["buffer", "isize"], result: "u32" };
  const library = Deno.dlopen(name, symbols);
  const functions = library.symbols as unknown as HostLibrary & Opened;
  const { quotient } = functions;
  const errno = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(functions.__errno_location(), 4));
  return {
    ...functions,
    name,
    errno: () => errno[0]!,
    addressOf: (bytes) => quotient(bytes, 1) + quotient(bytes, 2 ** 32) * 2 ** 32,
    unload: () => library.close(),
  };
}

/** `epoll_wait` without a limit, in a thread of Deno's. */
export function waitingCall(name: string, epoll: number): { wait(): Promise<number>; close(): void } {
  const { symbols, close } = open(name);
  // The thread's own: nobody else looks at it.
  const event = new Uint8Array(16);
  return { wait: () => symbols.epoll_wait(epoll, event, 1, -1), close };
}

function open(name: string) {
  const library = Deno.dlopen(name, {
    epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
  });
  return { symbols: library.symbols, close: () => library.close() };
}

/** What a list of files is likely to have: Deno does not tell what is in one, only whether something is. */
const LISTED = [
  "libc.so.6",
  ...["x86_64", "aarch64"].map((name) => `/lib/${name}-linux-gnu/libc.so.6`),
  "/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
];

/** All of the permission is needed: with a list of files Deno lets nobody look at memory by its address. */
function requirePermission(): void {
  if (Deno.permissions.requestSync({ name: "ffi" }).state === "granted") return;
  const isInList = LISTED.some((path) => Deno.permissions.querySync({ name: "ffi", path }).state === "granted");
  throw new NotSupportedError(
    `Cannot use the selector: Deno does not allow it to call the C library${
      isInList ? ", since --allow-ffi was given with a list of files" : ""
    }. Run the program with --allow-ffi, without a list, or make the loop without an adapter: new EventLoop().`,
  );
}
