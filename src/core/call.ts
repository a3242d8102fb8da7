/**
 * Calls between coroutines that cost the same at any depth.
 *
 * @module
 */
import type { AnyCall, CoroutineObject, Parkable, Stepper } from "./contract.ts";
import { type TaskSource, toCoroutine } from "./coroutine.ts";
import { current } from "./current.ts";
import { isGeneratorFunction } from "./kinds.ts";
import { LazyObject } from "./lazy.ts";
import { awaitedTwice } from "./misuse.ts";
import { type LazyAwaitable, RESUME, type Suspend, SUSPENDED } from "./suspend.ts";
import { takeCoroutine } from "./step.ts";

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
    this.#source = source;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (value === RESUME) {
      if (this.#failed) throw this.#value;
      return { done: true, value: this.#value as T };
    }
    if (this.#coro !== null) throw awaitedTwice("call()");
    // Here an error still goes to the coroutine that called; in `_park` it would go to nobody.
    this.#coro = toCoroutine(this.#source, "call");
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
