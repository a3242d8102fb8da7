/**
 * The bodies of scopes: generator functions or async functions.
 *
 * @module
 */
import { AsyncRun } from "../core/async_run.ts";
import { captureFrame, type Frame } from "../core/async_storage.ts";
import { isGeneratorFunction } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";

/**
 * What a scope runs: a generator function or an async function. It is called with the scope.
 *
 * @category Scopes
 */
export type Body<S, T> = (scope: S) => Coroutine<T> | LazyAwaitable<T> | Promise<T>;

/** A body that can run in the current task. */
export type ReadyBody<S, T> = (scope: S) => Coroutine<T> | LazyAwaitable<T>;

/** Makes a body ready to run. An async function sees each AsyncLocalStorage as it is here, or as it is in the frame. */
export function readyBody<S, T>(body: Body<S, T>, where: string, known?: Frame): ReadyBody<S, T> {
  if (isGeneratorFunction(body)) return body as ReadyBody<S, T>;
  const frame = known ?? captureFrame();
  return (scope) => new AsyncRun<T>(() => body(scope), where, body, frame);
}

/** Refuses what is not a function, at the call. */
export function checkBody(body: unknown, where: string): void {
  if (typeof body === "function") return;
  throw new TypeError(
    `Cannot call ${where}() with ${describeKind(body)} as its body: give a generator function or an async function.`,
  );
}

/** Runs a body in the current task. */
export function runBody<S, T>(body: Body<S, T>, scope: S, where: string): Coroutine<T> | LazyAwaitable<T> {
  return readyBody(body, where)(scope);
}
