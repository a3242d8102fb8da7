/**
 * What Deno's errors mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { type ListenAddress, listenDenied, listenError } from "../shared/errors.ts";
import { pathTooLong, socketError } from "../shared/socket_errors.ts";

/** Translates what `Deno.serve` throws when it cannot listen. */
export function toListenError(error: unknown, address: ListenAddress): OSError {
  if (error instanceof Deno.errors.NotCapable) return listenDenied(address, error);
  return listenError(codeOf(error), address, error);
}

/** Translates what an operation of a socket rejects with. */
export function toSocketError(what: string, error: unknown, path?: string): OSError {
  if (error instanceof Deno.errors.NotCapable) return socketError(what, "EACCES", error);
  let code = codeOf(error);
  if (code === "EINVAL" && path !== undefined && pathTooLong(path)) code = "ENAMETOOLONG";
  return socketError(what, code, error);
}

/** Translates what ends a stream while it is used. */
export function toStreamError(error: unknown): OSError {
  return toSocketError("Cannot go on with the connection", error);
}

/** Finds the code in an error of Deno. */
export function codeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  // What ends Deno.serve() has the system's error in its words alone.
  if (String(message).endsWith("(os error 24)")) return "EMFILE";
  // Quirk `nameless-lookup-error`.
  if (String(message).includes("failed to lookup address")) return "ENOTFOUND";
  return "EIO";
}

/** What Deno says of a client that leaves in the middle of its body, by whatever way it is read. */
const GONE = /^Cannot read (request )?body|^unexpected EOF while reading HTTP|^error reading a body|^connection reset/;

/** What Deno says of a body that does not follow HTTP. */
const MALFORMED = /^invalid HTTP\/1 request/;

/** Why the body of a request broke off, as its error says; null for another error. With quirk `cut-upload` there is no error. */
export function cutOffBy(error: unknown): "gone" | "malformed" | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Http) {
    return GONE.test(error.message) ? "gone" : null;
  }
  return error.name === "Error" && MALFORMED.test(error.message) ? "malformed" : null;
}
