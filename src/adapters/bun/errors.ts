/**
 * What Bun's errors mean.
 *
 * @module
 */

import type { OSError } from "../../core/errors.ts";
import { type ListenAddress, listenError, lookUp } from "../shared/errors.ts";
import { codeOf } from "../shared/host_error.ts";

/** Translates what `Bun.serve` throws when it cannot listen. */
export async function toListenError(error: unknown, address: ListenAddress): Promise<OSError> {
  // Quirk `listen-lookup`.
  const isUnknown = address.path === undefined && await lookUp(address.hostname) === undefined;
  const code = isUnknown ? "ENOTFOUND" : codeOf(error);
  return listenError(code, address, error);
}
