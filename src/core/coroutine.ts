/**
 * What can become a task, and how; and calls between coroutines that cost the same at any depth.
 *
 * @module
 */
import type { AnyCall, CoroutineObject, Parkable, Stepper } from "./contract.ts";
import { AsyncRun, notACoroutine } from "./async_run.ts";
import { placeError } from "./error_frames.ts";
import {
  type Coroutine,
  finallyOf,
  generatorNext,
  generatorPrototype,
  isCoroutine,
  isGeneratorFunction,
  type LazyAwaitable,
  RESUME,
  type Suspend,
  SUSPENDED,
} from "./suspend.ts";
import { LazyObject, lazyThen } from "./wait.ts";
import { awaitedTwice } from "./misuse.ts";
import { describeKind, printsAsText, rememberName } from "./repr.ts";
import { current, debugging, noted } from "./current.ts";
import { environmentAsks } from "./current_code.ts";
import { takeCoroutine } from "./step.ts";

/** A call of a `coroutine()` function: a generator that knows whether somebody awaits it. */
interface Marked {
  begun: boolean;
}

/** A generator that has ended would give undefined to a second await without a word. */
function begin(lazy: Marked): void {
  if (lazy.begun) awaitedTwice("the call of a coroutine function");
  lazy.begun = true;
}

/** Generators made by `coroutine()` functions inherit from this: a lazy awaitable with no wrapper around it. */
const lazyPrototype: object = Object.create(generatorPrototype, {
  "~lazy": { value: true },
  begun: { value: false, writable: true },
  hasBegun: {
    value(this: Marked): boolean {
      return this.begun;
    },
  },
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

printsAsText({ prototype: lazyPrototype });

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
    if ((source as unknown as Partial<Marked>).begun !== undefined) begin(source as unknown as Marked);
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
export function usersCoroutine<A extends unknown[], T>(
  generatorFunction: (...args: A) => Coroutine<T>,
): (...args: A) => LazyAwaitable<T>;
/**
 * The same for an async function, which then begins when it is awaited and not when it is called.
 *
 * @category Coroutines
 */
export function usersCoroutine<A extends unknown[], T>(
  asyncFunction: (...args: A) => Promise<T>,
): (...args: A) => LazyAwaitable<T>;
export function usersCoroutine<A extends unknown[], T>(
  source: (...args: A) => Coroutine<T> | Promise<T>,
): (...args: A) => LazyAwaitable<T> {
  const made = coroutine(source as (...args: A) => Coroutine<T>);
  if (!isGeneratorFunction(source) || !(debugging.hooks !== null || environmentAsks())) return made;
  return notedFunction(made);
}

/** A generator function runs nothing when it is called, so debug mode hears of its calls by another function around it. */
function notedFunction<A extends unknown[], T>(
  source: (...args: A) => LazyAwaitable<T>,
): (...args: A) => LazyAwaitable<T> {
  const calls = function (this: unknown, ...args: A): LazyAwaitable<T> {
    return noted(source.apply(this, args));
  };
  Object.setPrototypeOf(calls, Object.getPrototypeOf(source) as object);
  Object.defineProperties(calls, {
    name: { value: source.name },
    length: { value: source.length },
    prototype: { value: source.prototype as unknown },
  });
  return calls;
}

/**
 * Makes a function whose calls are lazy awaitables: what the module's own are made by. A generator function is changed in place and returned.
 */
export function coroutine<A extends unknown[], T>(
  generatorFunction: (...args: A) => Coroutine<T>,
): (...args: A) => LazyAwaitable<T>;
/** The same for an async function. */
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

/** One frame of a task's own stack. */
export class Call<T> extends LazyObject<T> implements Parkable {
  readonly #source: TaskSource<T>;
  #outer: CoroutineObject<unknown> | null = null;
  #outerCall: AnyCall | null = null;
  #coro: CoroutineObject<T> | null = null;
  #failed = false;
  #value: unknown = undefined;

  constructor(source: TaskSource<T>) {
    super();
    noted(this);
    this.#source = source;
  }

  /** Tells it from other coroutines, see `isCall`. */
  get "~call"(): true {
    return true;
  }

  override hasBegun(): boolean {
    return this.#coro !== null;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      if (this.#failed) {
        placeError(this.#value, this.next);
        throw this.#value;
      }
      return { done: true, value: this.#value as T };
    }
    if (this.#coro !== null) return awaitedTwice("call()");
    // Of what is refused it is not said as well that nobody has awaited it.
    this.#coro = this;
    // Here an error still goes to the coroutine that called; in `_park` it would go to nobody.
    const coro: CoroutineObject<T> & Partial<Marked> = this.#coro = toCoroutine(this.#source, "call");
    // A coroutine() function was called here, and what that has made is awaited.
    if (debugging.hooks !== null && coro.begun === false) coro.begun = true;
    current.parked = this;
    return SUSPENDED;
  }

  _park(task: Stepper): void {
    this.#outer = task._coro;
    this.#outerCall = task._call;
    takeCoroutine(task, this.#coro as CoroutineObject<unknown>);
    task._call = this as Call<unknown>;
    current.parked = this;
  }

  /** The coroutine has ended: returns the one that called it, to go on with. */
  ended(task: Stepper, value: unknown, failed: boolean): CoroutineObject<unknown> {
    this.#value = value;
    this.#failed = failed;
    task._call = this.#outerCall;
    takeCoroutine(task, this.#outer as CoroutineObject<unknown>);
    return task._coro;
  }

  /** The coroutine that the task was made of. */
  outermost(): CoroutineObject<unknown> {
    let call = this as Call<unknown>;
    while (call.#outerCall !== null) call = call.#outerCall as Call<unknown>;
    return call.#outer as CoroutineObject<unknown>;
  }

  /** The coroutines that wait for one another, without the one that runs: the innermost is the first, and at most `limit` of them. */
  callers(limit: number): CoroutineObject<unknown>[] {
    const callers: CoroutineObject<unknown>[] = [];
    for (let call = this as Call<unknown> | null; call !== null && callers.length < limit;) {
      callers.push(call.#outer as CoroutineObject<unknown>);
      call = call.#outerCall as Call<unknown> | null;
    }
    return callers;
  }

  /** No task ever waits for this: its coroutine runs in its place. */
  cancel(): boolean {
    return false;
  }

  _endedCancelled(): boolean {
    return false;
  }
}

/**
 * Runs a coroutine in the current task as `yield*` does, on a stack of the task's own: going on after an await costs the same
 * at any depth, and recursion a million levels deep works. `yield*` alone walks every level at each resume, and ends at some
 * thousand levels. An async function is called in the current task when the call is awaited.
 *
 * @param coroutine a coroutine, a lazy awaitable, or a function that makes one, which may also be an async function
 * @returns an awaitable of the coroutine's result, for one await
 * @throws {TypeError} when awaited, if it is nothing to run
 * @throws {RuntimeError} when awaited, if it was awaited before
 *
 * @example A deep recursion
 * ```ts
 * import { call, type Coroutine, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * function* depth(levels: number): Coroutine<number> {
 *   return levels === 0 ? 0 : 1 + (yield* call(depth(levels - 1)));
 * }
 *
 * assertEquals(await run(depth(100_000)), 100_000);
 * ```
 *
 * @category Coroutines
 */
export function call<T>(coroutine: TaskSource<T>): LazyAwaitable<T> {
  // An async function has the values of each AsyncLocalStorage as they are here.
  const called = typeof coroutine === "function" && !isGeneratorFunction(coroutine);
  return new Call<T>(called ? toCoroutine(coroutine, "call") as unknown as LazyAwaitable<T> : coroutine);
}
