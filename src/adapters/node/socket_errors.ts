/**
 * What the errors of `node:net`, `node:tls` and `node:dgram` mean, on Node and on the runtimes that offer them too.
 *
 * @module
 */

import type { OSError, TlsError } from "../../core/errors.ts";
import { codeOf } from "../shared/host_error.ts";
import { pathTooLong, socketError, tlsBroken, tlsError } from "../shared/socket_errors.ts";

/** Translates what a socket emits or a call rejects with. */
export function toSocketError(what: string, error: unknown, path?: string): OSError {
  let code = codeOf(error);
  // Deno's permissions have no code, or that of a system call that was never made.
  if (code === "EPERM" || (error as Error).name === "NotCapable") code = "EACCES";
  // A reset that is seen while writing, as Bun tells it.
  if (code === "ERR_SOCKET_CLOSED" || code === "ERR_STREAM_DESTROYED") code = "ECONNRESET";
  // Quirk `long-path`.
  if (code === "EINVAL" && path !== undefined && pathTooLong(path)) code = "ENAMETOOLONG";
  return socketError(what, code, error);
}

/** Codes of what the TLS library says of a session, Node itself (of too many handshakes on one connection), and Bun. */
const BROKEN = /^ERR_(SSL|OSSL|TLS)_|^EPROTO$/;

/** Translates what ends a stream while it is used. */
export function toStreamError(error: unknown): OSError {
  if (BROKEN.test(codeOf(error))) return tlsBroken(error);
  return toSocketError("Cannot go on with the connection", error);
}

/** Translates what ends a TLS handshake. */
export function toTlsError(error: unknown): TlsError {
  const code = codeOf(error);
  // What the other side says of our certificate is an alert, and begins like all that the TLS library says.
  const certificate = !isTls(error) && /CERT|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^HOSTNAME_MISMATCH$/.test(code);
  return tlsError(certificate, error);
}

function isTls(error: unknown): boolean {
  return /^ERR_(SSL|OSSL)_/.test(codeOf(error));
}
