/**
 * How a coroutine and the task that steps it talk to each other, and what tells coroutines and lazy awaitables from everything else.
 *
 * A coroutine suspends by `yield*` of something that parks: a future, a sleep, a queue's getter. That object is its
 * own iterator. Its first `next()` leaves the object in `current.parked` and yields {@linkcode SUSPEND}; the task
 * reads the slot, since JavaScriptCore makes a new result object at each `yield*` and only the value keeps its
 * identity. Resumed by `next(RESUME)` the object returns its value or throws its error.
 *
 * @module
 */
import type { Call } from "./coroutine.ts";

/**
 * What a coroutine yields to its task. Nobody makes one: it comes out of `yield*` of the module's awaitables, so that
 * a bare `yield 5` does not compile.
 *
 * @category Coroutines
 */
export interface Suspend {
  /** Marks the type; no value has it. */
  readonly "~await with yield*, not with yield": never;
}

/**
 * A coroutine: what a generator function returns. `yield*` awaits in it, and the loop steps it. It is no promise: `await` of one is an error of
 * the types (TS1320), for it would give the generator. An async function awaits `call(coroutine)`, or a task of it.
 *
 * @example Annotate a coroutine function
 * ```ts
 * import { type Coroutine, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * function* double(value: number): Coroutine<number> {
 *   yield* sleep(1);
 *   return value * 2;
 * }
 *
 * assertEquals(await run(double(21)), 42);
 * ```
 *
 * @category Coroutines
 */
export type Coroutine<T> = Generator<Suspend, T, unknown> & {
  /** No coroutine has it: it is here so that `await` of one is an error of the types. */
  then?(this: "await a coroutine by yield*", onFulfilled: (value: never) => void): never;
};

/**
 * Anything that can be awaited in both worlds: `yield* it` in a coroutine, `await it` in an async function. It is assignable to
 * `Promise<T>`, and has the methods of one.
 *
 * @example The same queue from both worlds
 * ```ts
 * import { run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   yield* sleep(1);
 * });
 * await run(async () => {
 *   await sleep(1);
 * });
 * ```
 *
 * @category Coroutines
 */
export interface Awaitable<T> extends Promise<T> {
  /** What `yield*` asks for. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown>;
}

/**
 * An awaitable that has not begun: nothing runs before it is awaited or made a task. Both `yield*` and `await` run it as a part of the
 * current task, with that task's context, and a cancel of the task reaches it. It can be awaited once.
 *
 * Code that belongs to no task, such as a callback of the host, may await it as well. It then becomes a task on the only loop that runs in
 * this thread. If none runs, or several do, the await is rejected with a {@linkcode RuntimeError}.
 *
 * @example Nothing runs before it is awaited
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const nap = sleep(1);
 *   const task = createTask(nap);
 *   yield* task;
 * });
 * ```
 *
 * @category Coroutines
 */
export interface LazyAwaitable<T> extends Awaitable<T> {
  /** Tells a lazy awaitable from a future, for the types and for the loop. */
  readonly "~lazy": true;
}

const generatorFunction = Object.getPrototypeOf(function* () {}) as { prototype: Generator<Suspend, unknown, unknown> };

/** What every generator inherits from. */
export const generatorPrototype: Generator<Suspend, unknown, unknown> = generatorFunction.prototype;

/** What resumes a generator. */
export const generatorNext: (this: unknown, value: unknown) => unknown = generatorPrototype.next as never;

/** The only value that ever leaves a coroutine by yield. */
export const SUSPEND: Suspend = { toString: () => "Suspend" } as unknown as Suspend;

/** The result that says "not done"; shared, for nothing in it changes. */
export const SUSPENDED: IteratorYieldResult<Suspend> = { done: false, value: SUSPEND };

/** The result of an await that has none; shared for the same reason. */
export const FINISHED: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * What a task sends to resume. The first step sends `undefined`, as the first `next()` of a `yield*` does, so that
 * an object which is the task's whole coroutine knows the two apart as well.
 */
export const RESUME: unique symbol = Symbol("resume");

/** The `finally` of everything that has a `then`: that of promises asks for no more. */
export function finallyOf<T>(awaitable: Promise<T>, onFinally?: (() => void) | null): Promise<T> {
  return Promise.prototype.finally.call(awaitable, onFinally) as Promise<T>;
}

/**
 * Under this key an async iterable of the module tells how a coroutine gets its next item: a promise in between would
 * cost iterations, and a cancel could not reach what it stands for.
 */
export const NEXT_ITEM: unique symbol = Symbol("nextItem");

/** What has such a key. */
export interface AwaitableIterable<T> {
  [NEXT_ITEM](): Coroutine<IteratorResult<T, undefined>> | LazyAwaitable<IteratorResult<T, undefined>>;
}

/** Whether coroutines can iterate it without promises. */
export function isAwaitableIterable<T>(value: object): value is AwaitableIterable<T> {
  return NEXT_ITEM in value;
}

/** What every generator is an instance of. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generatorPrototype;

/** What every generator function is an instance of. */
function AnyGeneratorFunction(): void {}
AnyGeneratorFunction.prototype = generatorFunction;

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

/** Whether a coroutine is a frame of a task's own stack; without the class, which a program that has none does not load. */
export function isCall(value: object | undefined): value is Call<unknown> {
  return (value as { readonly "~call"?: true } | undefined)?.["~call"] === true;
}

/** Whether a value can be awaited as a promise is. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}
