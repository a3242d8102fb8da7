/**
 * The bodies of scopes: generator functions or async functions.
 *
 * @module
 */
import { AsyncRun } from "../core/async_run.ts";
import { isGeneratorFunction } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";

/** What a scope runs: a generator function, or an async function. It gets the scope. */
export type Body<S, T> = (scope: S) => Coroutine<T> | LazyAwaitable<T> | Promise<T>;

/** Runs a body in the current task. */
export function runBody<S, T>(body: Body<S, T>, scope: S, where: string): Coroutine<T> | LazyAwaitable<T> {
  return isGeneratorFunction(body) ? body(scope) as Coroutine<T> : new AsyncRun<T>(() => body(scope), where, body.name);
}

/** Refuses what cannot be a body, at the call. */
export function checkBody(body: unknown, where: string): void {
  if (typeof body === "function") return;
  throw new TypeError(
    `Cannot call ${where}() with ${describeKind(body)} as its body: give a generator function or an async function.`,
  );
}
