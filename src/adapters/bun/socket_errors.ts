/**
 * What the errors of Bun's sockets mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { toSocketError } from "../node/socket_errors.ts";
import { codeOf } from "../shared/errors.ts";
import { tlsError } from "../shared/socket_errors.ts";

/** Translates what ends a stream while it is used. */
export function toStreamError(error: unknown): OSError {
  // What the TLS library does not like, such as an alert of the other side.
  if (codeOf(error) === "EPROTO") return tlsError(false, error);
  return toSocketError("Cannot go on with the connection", error);
}
