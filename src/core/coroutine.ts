/**
 * What can become a task, and how.
 *
 * @module
 */
import type { CoroutineObject } from "./contract.ts";
import { AsyncRun } from "./async_run.ts";
import { isCoroutine, isGeneratorFunction, notACoroutine } from "./kinds.ts";
import { lazyThen } from "./lazy.ts";
import { awaitedTwice } from "./misuse.ts";
import { describeKind, rememberName } from "./repr.ts";
import { type Coroutine, finallyOf, generatorNext, generatorPrototype, type LazyAwaitable } from "./suspend.ts";

/** A call of a `coroutine()` function: a generator that knows whether somebody awaits it. */
interface Marked {
  _begun: boolean;
}

/** A generator that has ended would give undefined to a second await without a word. */
function begin(lazy: Marked): void {
  if (lazy._begun) throw awaitedTwice("the call of a coroutine function");
  lazy._begun = true;
}

/** Generators made by `coroutine()` functions inherit from this: a lazy awaitable with no wrapper around it. */
const lazyPrototype: object = Object.create(generatorPrototype, {
  "~lazy": { value: true },
  _begun: { value: false, writable: true },
  [Symbol.iterator]: {
    value(this: Marked): Marked {
      begin(this);
      return this;
    },
  },
  then: {
    value<T>(
      this: LazyAwaitable<T>,
      ...handlers: Parameters<typeof lazyThen<T>> extends [unknown, ...infer R] ? R : never
    ) {
      return lazyThen(this, ...handlers);
    },
  },
  catch: {
    value<T>(this: LazyAwaitable<T>, onRejected?: ((reason: unknown) => unknown) | null) {
      return lazyThen(this, undefined, onRejected);
    },
  },
  finally: {
    value<T>(this: LazyAwaitable<T>, onFinally?: (() => void) | null) {
      return finallyOf(this, onFinally);
    },
  },
});

/**
 * Everything that `run`, `createTask` and the bodies of groups and deadlines take: a coroutine, a lazy awaitable, or a function that
 * makes one, which may also be an async function. Not a promise and not a Future: those run already.
 *
 * @category Coroutines
 */
export type TaskSource<T> =
  | Coroutine<T>
  | LazyAwaitable<T>
  | (() => Coroutine<T> | LazyAwaitable<T> | Promise<T>);

/**
 * The coroutine that a task will step, from any source. A generator function is called here, which runs none of
 * its body; any other function is called in the task's first step, since it may begin to work.
 *
 * @throws {TypeError} if it is nothing to run
 * @throws {RuntimeError} if it is the call of a coroutine function, and awaited already
 */
export function toCoroutine<T>(source: TaskSource<T>, where: string): CoroutineObject<T> {
  // A generator is known by its `next`, which costs less than to look through what it inherits from.
  if ((source as Partial<CoroutineObject<T>> | null | undefined)?.next === generatorNext || isCoroutine(source)) {
    if ((source as unknown as Partial<Marked>)._begun !== undefined) begin(source as unknown as Marked);
    return source as unknown as CoroutineObject<T>;
  }
  if (typeof source === "function") {
    if (!isGeneratorFunction(source)) return new AsyncRun<T>(source, where);
    rememberName((source as { prototype?: object }).prototype, source.name);
    return source() as unknown as CoroutineObject<T>;
  }
  throw notACoroutine(source, where);
}

/**
 * Makes a function whose calls are lazy awaitables from a generator function (or an async function): the same parameters;
 * nothing runs before the call is awaited by `yield*` or `await`, or made a task. This is how the module's own
 * functions are made. A generator function is changed in place and returned.
 *
 * An async function is called when its call is awaited, in the task of whoever awaits it. It has the values of each AsyncLocalStorage
 * as they were at the call.
 *
 * @returns the function
 * @throws {TypeError} if it is not a function
 *
 * @example One function for both worlds
 * ```ts
 * import { coroutine, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const add = coroutine(function* (a: number, b: number) {
 *   yield* sleep(1);
 *   return a + b;
 * });
 *
 * await run(function* () {
 *   assertEquals(yield* add(1, 2), 3);
 * });
 * await run(async () => {
 *   assertEquals(await add(1, 2), 3);
 * });
 * ```
 *
 * @category Coroutines
 */
export function coroutine<A extends unknown[], T>(
  generatorFunction: (...args: A) => Coroutine<T>,
): (...args: A) => LazyAwaitable<T>;
/**
 * The same for an async function, which then begins when it is awaited and not when it is called.
 *
 * @category Coroutines
 */
export function coroutine<A extends unknown[], T>(
  asyncFunction: (...args: A) => Promise<T>,
): (...args: A) => LazyAwaitable<T>;
export function coroutine<A extends unknown[], T>(
  source: (...args: A) => Coroutine<T> | Promise<T>,
): (...args: A) => LazyAwaitable<T> {
  if (typeof source !== "function") {
    throw new TypeError(
      `Cannot make a coroutine function of ${describeKind(source)}: it must be a generator function.`,
    );
  }
  if (isGeneratorFunction(source)) {
    const makes = (source as unknown as { prototype: object }).prototype;
    rememberName(makes, source.name);
    Object.setPrototypeOf(makes, lazyPrototype);
    return source as unknown as (...args: A) => LazyAwaitable<T>;
  }
  return function (this: unknown, ...args: A): LazyAwaitable<T> {
    return new AsyncRun<T>(() => source.apply(this, args), "await", source);
  };
}
