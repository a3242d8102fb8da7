/**
 * Tells coroutines, lazy awaitables and futures from everything else.
 *
 * @module
 */
import type { Call } from "./coroutine.ts";
import { Future } from "./future.ts";
import { describeKind } from "./repr.ts";
import { type Coroutine, generatorPrototype, type LazyAwaitable } from "./suspend.ts";

/** What every generator is an instance of. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generatorPrototype;

/** What every generator function is an instance of. */
function AnyGeneratorFunction(): void {}
AnyGeneratorFunction.prototype = Object.getPrototypeOf(function* () {}) as object;

/**
 * Whether a value is a coroutine as the loop steps it: a generator or a lazy awaitable. A future, a promise and a function are not.
 *
 * @example What can be made a task
 * ```ts
 * import { isCoroutine, sleep } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * function* work() {
 *   yield* sleep(1);
 * }
 *
 * assert(isCoroutine(work()));
 * assert(isCoroutine(sleep(1)));
 * assert(!isCoroutine(work));
 * ```
 *
 * @category Coroutines
 */
export function isCoroutine(value: unknown): value is Coroutine<unknown> | LazyAwaitable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof AnyGenerator ||
    (value as { "~lazy"?: unknown })["~lazy"] === true;
}

/** Whether a function is a generator function, so that calling it runs nothing. */
export function isGeneratorFunction(value: unknown): boolean {
  return value instanceof AnyGeneratorFunction;
}

/**
 * Whether a value is a future of this module. A task is a future.
 *
 * @example Tell a future from a promise
 * ```ts
 * import { isFuture, newEventLoop } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * const loop = newEventLoop();
 * assert(isFuture(loop.createFuture()));
 * assert(!isFuture(Promise.resolve()));
 * loop.close();
 * ```
 *
 * @category Coroutines
 */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}

/** Whether a coroutine is a frame of a task's own stack; without the class, which a program that has none does not load. */
export function isCall(value: object | undefined): value is Call<unknown> {
  return (value as { readonly "~call"?: true } | undefined)?.["~call"] === true;
}

/** Whether a value can be awaited as a promise is. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}

/** The error for what cannot become a task. */
export function notACoroutine(value: unknown, where: string): TypeError {
  const wanted = "a coroutine, a lazy awaitable, or a generator or async function";
  if (value instanceof Future) {
    return new TypeError(
      `Cannot ${where} ${value}: it needs ${wanted}, and a Future is the result of something that runs already. ` +
        "Await it with yield*, or take it as it is with ensureFuture().",
    );
  }
  if (isThenable(value)) {
    // An async function called outside the loop most likely rejects, for want of one. Its host would report that first, and end
    // the program before the reason is heard.
    if (value instanceof Promise) value.catch(() => {});
    return new TypeError(
      `Cannot ${where} a promise: it is running already and belongs to nobody. Give the async function itself, ` +
        "await the promise by fromPromise(), or wrap it by ensureFuture().",
    );
  }
  return new TypeError(`Cannot ${where} ${describeKind(value)}: it needs ${wanted}.`);
}

/** The error for a function that was to make a coroutine, and has returned something else. */
export function returnedNothingToRun(made: unknown, where: string, name: string): TypeError {
  if (isFuture(made)) return notACoroutine(made, where);
  const what = name === "<anonymous>" ? "this function" : `${name}()`;
  const cannot = / as /.test(where) ? where.replace(" as ", ` ${what} as `) : `${where} ${what}`;
  return new TypeError(
    `Cannot ${cannot}: the function returned ${describeKind(made)}. ` +
      "Write it as a generator or async function, or return a coroutine.",
  );
}
