/**
 * What Bun's errors mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { codeOf, isAddress, type ListenAddress, listenError } from "../shared/errors.ts";

/** Translates what `Bun.serve` throws when it cannot listen. */
export function toListenError(error: unknown, address: ListenAddress): OSError {
  let code = codeOf(error);
  // Bun does not say that a lookup failed, only that it cannot use what came of it.
  if (code === "EINVAL" && !isAddress(address.hostname)) code = "ENOTFOUND";
  return listenError(code, address, error);
}
