/**
 * Which runtime this is, and whether it is new enough.
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

/** What of the language the module needs that runtimes lack which are still about: `Promise.withResolvers` came with Node 22, the rest with 24. */
interface Language {
  readonly SuppressedError?: unknown;
  readonly Promise: { readonly withResolvers?: unknown };
  readonly Symbol: { readonly asyncDispose?: unknown; readonly dispose?: unknown };
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> };
}

/**
 * Refuses a runtime in which something would be missing later, in the middle of a program.
 *
 * @throws {NotSupportedError} if it is too old
 */
export function checkRuntime(what: string, scope: object = globalThis): void {
  const { SuppressedError, Promise, Symbol } = scope as Language;
  const needed = {
    "Promise.withResolvers": Promise.withResolvers,
    "Symbol.dispose": Symbol.dispose,
    "Symbol.asyncDispose": Symbol.asyncDispose,
    SuppressedError,
  };
  const missing = Object.entries(needed).filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === 0) return;
  // Looked at no earlier: where it is made when somebody asks, that takes longer than all else here.
  const versions = (scope as Language).process?.versions ?? {};
  const name = ["deno", "bun", "node"].find((name) => versions[name] !== undefined);
  const runtime = name === undefined ? "this runtime" : `${name[0]!.toUpperCase()}${name.slice(1)} ${versions[name]}`;
  throw new NotSupportedError(
    `Cannot ${what} on ${runtime}, which has no ${missing.join(" and no ")}. ` +
      "Run the program on Node 24, Deno 2.9 or Bun 1.4, or newer, or give the runtime what it lacks by a polyfill.",
  );
}
