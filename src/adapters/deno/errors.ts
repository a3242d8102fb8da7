/**
 * What Deno's errors mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { type ListenAddress, listenDenied, listenError } from "../shared/errors.ts";

/** Translates what `Deno.serve` throws when it cannot listen. */
export function toListenError(error: unknown, address: ListenAddress): OSError {
  if (error instanceof Deno.errors.NotCapable) return listenDenied(address, error);
  return listenError(codeOf(error), address, error);
}

/** Finds the code in an error of Deno. */
export function codeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  // A failed lookup is a plain Error without a code: the message is all there is.
  if (String(message).includes("failed to lookup address")) return "ENOTFOUND";
  return "EIO";
}
