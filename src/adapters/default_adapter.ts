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
import { webAdapter } from "./web/adapter.ts";

/** What tells runtimes apart. A bundler may put a `process` of its own into a browser's scope, which is of no version of Node. */
interface Scope {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly setTimeout?: unknown;
  readonly performance?: unknown;
}

/**
 * The adapter of the runtime that the program runs on: Deno, Bun, Node, or what a browser has.
 *
 * @throws {NotSupportedError} on a runtime without timers
 */
export function defaultAdapter(): Adapter {
  if ("Bun" in globalThis) return bunAdapter;
  if ("Deno" in globalThis) return denoAdapter;
  const scope = globalThis as unknown as Scope;
  if (scope.process?.versions?.node !== undefined) return nodeAdapter;
  if (scope.setTimeout !== undefined && scope.performance !== undefined) return webAdapter;
  throw new NotSupportedError(
    "Cannot choose an adapter: this runtime is neither Deno nor Bun nor Node, and has not the timers of a browser. " +
      "Pass one that fits: new EventLoop({ adapter }).",
  );
}
