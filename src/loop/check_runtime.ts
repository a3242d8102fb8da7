/**
 * Whether the runtime is new enough.
 *
 * @module
 */
import { NotSupportedError } from "../core/errors.ts";

/** What of the language the module needs that runtimes lack which are still about: `Promise.withResolvers` came with Node 22, the rest with 24. */
interface Language {
  readonly SuppressedError?: unknown;
  readonly Promise: { readonly withResolvers?: unknown };
  readonly Symbol: { readonly asyncDispose?: unknown; readonly dispose?: unknown };
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> };
}

let checked = false;

/**
 * Refuses a runtime in which something would be missing later, in the middle of a program.
 *
 * @throws {NotSupportedError} if it is too old
 */
export function checkRuntime(what: string, scope: object = globalThis): void {
  if (checked && scope === globalThis) return;
  const { SuppressedError, Promise, Symbol, process } = scope as Language;
  const needed = {
    "Promise.withResolvers": Promise.withResolvers,
    "Symbol.dispose": Symbol.dispose,
    "Symbol.asyncDispose": Symbol.asyncDispose,
    SuppressedError,
  };
  const missing = Object.entries(needed).filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const versions = process?.versions ?? {};
    const name = ["deno", "bun", "node"].find((name) => versions[name] !== undefined);
    const runtime = name === undefined ? "this runtime" : `${name[0]!.toUpperCase()}${name.slice(1)} ${versions[name]}`;
    throw new NotSupportedError(
      `Cannot ${what} on ${runtime}, which has no ${
        missing.join(" and no ")
      }. Run the program on Node 24, Deno 2.9 or Bun 1.4, or ` +
        "newer, or give the runtime what it lacks by a polyfill.",
    );
  }
  if (scope === globalThis) checked = true;
}
