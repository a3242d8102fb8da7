/**
 * Futures from whatever can be awaited.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Future } from "../core/future.ts";
import { isCoroutine, isFuture } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import { getEventLoop } from "../core/running.ts";
import type { Awaitable, Coroutine, LazyAwaitable } from "../core/suspend.ts";

/** What can be waited for: a coroutine, a future or task, a lazy awaitable, or a promise. */
export type Waitable<T> = Coroutine<T> | Awaitable<T> | PromiseLike<T>;

/** What awaiting something gives. */
export type Result<A> = A extends Coroutine<infer T> ? T : A extends PromiseLike<infer T> ? Awaited<T> : never;

/** The options of {@linkcode ensureFuture}. */
export interface EnsureFutureOptions {
  /** The loop of the task that is made; by default the current one. */
  readonly loop?: BaseEventLoop | undefined;
}

/**
 * A future as it is; a task for a coroutine or a lazy awaitable; a task that waits for a promise.
 *
 * @throws {TypeError} if it is nothing to wait for
 * @throws {RangeError} if it is a future of another loop than the one given
 * @throws {RuntimeError} if a task must be made and there is no current loop
 *
 * @example Take anything that can be awaited
 * ```ts
 * import { ensureFuture, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const nap = ensureFuture(sleep(1, "rested"));
 *   const answer = ensureFuture(Promise.resolve(42));
 *   assertEquals([yield* nap, yield* answer], ["rested", 42]);
 * });
 * ```
 */
export function ensureFuture<F extends Future<unknown>>(future: F, options?: EnsureFutureOptions): F;
/** A task for everything else. */
export function ensureFuture<T>(waitable: Waitable<T>, options?: EnsureFutureOptions): Future<T>;
export function ensureFuture<T>(waitable: Waitable<T>, options: EnsureFutureOptions = {}): Future<T> {
  if (isFuture(waitable)) {
    if (options.loop !== undefined && options.loop !== waitable._loop) {
      throw new RangeError(
        `Cannot take ${waitable} for ${options.loop}: it belongs to another loop. Await it on its own.`,
      );
    }
    return waitable as Future<T>;
  }
  const loop = () => options.loop ?? getEventLoop();
  if (isCoroutine(waitable)) return loop().createTask<T>(waitable as Coroutine<T> | LazyAwaitable<T>);
  const thenable = waitable as PromiseLike<T>;
  if (typeof thenable === "object" && thenable !== null && typeof thenable.then === "function") {
    return loop().createTask<T>(fromPromise(thenable));
  }
  throw new TypeError(
    `Cannot wait for ${describeKind(waitable)}: it must be a coroutine, a future, a lazy awaitable or a promise.` +
      (typeof waitable === "function" ? " Call the function." : ""),
  );
}
