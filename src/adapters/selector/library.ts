/**
 * The functions of the C library that the selector calls, by the runtime's foreign function interface.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import { openWithBun } from "./bun_library.ts";
import { openWithDeno } from "./deno_library.ts";
import { type Machine, MACHINES } from "./linux.ts";
import type { HostLibrary } from "./signatures.ts";

/** An open library. */
export interface Library extends HostLibrary {
  /** What it runs on. */
  readonly machine: Machine;
}

interface Scope {
  readonly Deno?: { readonly build: { readonly os: string; readonly arch: string } };
  readonly process?: { readonly platform?: string; readonly arch?: string };
}

/** The C libraries of Linux: glibc, and musl by the two names that it has for each kind of processor. */
const NAMES: readonly string[] = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc.so"];

/**
 * Opens the library.
 *
 * @throws {NotSupportedError} if this system has no C library that is known, or the runtime cannot call it or has no permission to
 */
export function openLibrary(): Library {
  const machine = machineOf(globalThis as Scope);
  const open = "Bun" in globalThis ? openWithBun : "Deno" in globalThis ? openWithDeno : null;
  if (open === null) {
    throw new NotSupportedError(
      "Cannot use the selector on this runtime: it cannot call the C library. Run the program on Deno or Bun, " +
        "or make the loop without an adapter: new EventLoop().",
    );
  }
  let first: unknown;
  for (const name of NAMES) {
    try {
      return Object.assign(open(name), { machine });
    } catch (error) {
      if (error instanceof NotSupportedError) throw error;
      first ??= error;
    }
  }
  throw new NotSupportedError(
    `Cannot use the selector: the C library cannot be loaded, by none of the names ${NAMES.join(", ")}. ` +
      "Make the loop without an adapter: new EventLoop().",
    { cause: first },
  );
}

/** The machine, if it is one that the selector knows. */
function machineOf({ Deno, process }: Scope): Machine {
  const system = Deno?.build.os ?? process?.platform;
  const name = Deno?.build.arch ?? process?.arch ?? "";
  const machine = MACHINES[name.replace("x86_64", "x64").replace("aarch64", "arm64")];
  if (system === "linux" && machine !== undefined) return machine;
  throw new NotSupportedError(
    `Cannot use the selector on ${system} with ${name}: it needs epoll, of Linux on x86-64 or arm64. ` +
      "Make the loop without an adapter there: new EventLoop().",
  );
}
