/**
 * Calls from a worker to who made it.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { CallResult } from "../io/executor.ts";
import { ConcurrentFuture } from "../tasks/threadsafe.ts";
import { thisWorker } from "./this_worker.ts";

/**
 * Exposed functions, as a worker calls them.
 *
 * @category Threads
 */
export type Exposed<F> = {
  readonly [K in keyof F as F[K] extends (...args: never) => unknown ? K : never]: F[K] extends
    (...args: infer A) => infer R ? (...args: A) => LazyAwaitable<CallResult<R>> : never;
};

const invoke = /* @__PURE__ */ coroutine(function* invoke(name: string, args: readonly unknown[]): Coroutine<unknown> {
  const worker = thisWorker();
  if (worker === null) {
    throw new RuntimeError(
      `Cannot call the exposed function ${name}() here: this is no worker of a WorkerPool. Call the function itself.`,
    );
  }
  return yield* new ConcurrentFuture((resolve, reject) => worker.invoke(name, args, { resolve, reject }));
});

/**
 * The functions that the pool has exposed by {@linkcode WorkerPool.expose}, to be called in a worker. They run on the loop that submitted the
 * worker's call, in its context; cancelling the one cancels the other. A plain function that holds its thread cannot await them: make it
 * a generator function or an async one.
 *
 * @example In a worker's module
 * ```ts
 * import { type Coroutine, exposed } from "@loop/asyncio";
 *
 * // In the main thread: pool.expose({ *price(item: string) { … } })
 * const { price } = exposed<{ price(item: string): number }>();
 *
 * export function* total(items: string[]): Coroutine<number> {
 *   let sum = 0;
 *   for (const item of items) sum += yield* price(item);
 *   return sum;
 * }
 * ```
 *
 * @category Threads
 */
export function exposed<F>(): Exposed<F> {
  return new Proxy({}, {
    get: (_target, name) =>
      typeof name === "symbol" || name === "then" ? undefined : (...args: unknown[]) => invoke(name, args),
  }) as Exposed<F>;
}
