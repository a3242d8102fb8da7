/**
 * Finds out which runtime this is.
 *
 * @module
 */

import { NotSupportedError } from "../core/errors.ts";
import type { Adapter } from "./adapter.ts";
import { bunAdapter } from "./bun/adapter.ts";
import { denoAdapter } from "./deno/adapter.ts";
import { nodeAdapter } from "./node/adapter.ts";

/**
 * The adapter of the runtime that the program runs on.
 *
 * @throws {NotSupportedError} on any other runtime than Deno, Bun and Node
 */
export function defaultAdapter(): Adapter {
  if ("Bun" in globalThis) return bunAdapter;
  if ("Deno" in globalThis) return denoAdapter;
  if ("process" in globalThis) return nodeAdapter;
  throw new NotSupportedError(
    "Cannot choose an adapter: this runtime is neither Deno nor Bun nor Node. " +
      "Pass one that fits: new EventLoop({ adapter }).",
  );
}
