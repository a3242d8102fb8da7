/**
 * What the errors of Deno's sockets mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { pathTooLong, socketError } from "../shared/socket_errors.ts";
import { codeOf } from "./errors.ts";

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
