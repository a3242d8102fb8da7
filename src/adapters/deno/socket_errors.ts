/**
 * What the errors of Deno's sockets mean.
 *
 * @module
 */

import type { OSError, TlsError } from "../../core/errors.ts";
import { pathTooLong, socketError, tlsError } from "../shared/socket_errors.ts";
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
  // What rustls does not like has no code: an alert of the other side, or bytes that are no TLS.
  if (error instanceof Deno.errors.InvalidData) return tlsError(false, error);
  return toSocketError("Cannot go on with the connection", error);
}

/** Translates what ends a TLS handshake. */
export function toTlsError(error: unknown): TlsError {
  if (error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.UnexpectedEof) {
    return tlsError(false, new Error("the connection ended before the handshake was done", { cause: error }));
  }
  // The message is all there is. What the other side says of our certificate begins otherwise.
  return tlsError(String((error as Error).message).startsWith("invalid peer certificate"), error);
}
