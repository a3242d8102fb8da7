/**
 * Awaitables that have not begun.
 *
 * @module
 */
import type { AnyTask, CoroutineObject } from "./contract.ts";
import { currentCode, loopToJoin } from "./current_code.ts";
import { iterated } from "./misuse.ts";
import * as running from "./current.ts";
import { describeCoroutine, printsAsText } from "./repr.ts";
import * as suspend from "./suspend.ts";
import type { LazyAwaitable, Suspend } from "./suspend.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use, a tenth of a switch.
const { current } = running;
const { finallyOf } = suspend;

/**
 * The `then` of everything lazy. In async code of a task it runs as a part of that; elsewhere it becomes a task of its own, on the loop that
 * runs the code or else on the only one that runs.
 */
export function lazyThen<T, R1 = T, R2 = never>(
  lazy: LazyAwaitable<T>,
  onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
  onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
): Promise<R1 | R2> {
  const code = currentCode();
  if (code !== null) return code.awaitCoroutine(lazy, onFulfilled, onRejected);
  let task: AnyTask;
  try {
    task = loopToJoin().createTask(lazy);
    looseTask(task);
  } catch (error) {
    return Promise.reject(error).then(onFulfilled as undefined, onRejected);
  }
  return (task as unknown as Promise<T>).then(onFulfilled, onRejected);
}

/** Notes a task that nobody's code awaits: what ends a program waits for it. */
export function looseTask(task: AnyTask): void {
  const loose = task._loop._loose;
  loose.add(task);
  task.addDoneCallback(() => void loose.delete(task));
}

/** An awaitable that is its own coroutine: one object where a generator would be two. */
export abstract class LazyObject<T> implements LazyAwaitable<T>, CoroutineObject<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** Tells it from a future; on the prototype, so that no instance pays for it. */
  declare readonly "~lazy": true;

  abstract next(value?: unknown): IteratorResult<Suspend, T>;

  /** Whether somebody awaits it, or has: debug mode looks for what nobody ever does. */
  hasBegun(): boolean {
    return true;
  }

  throw(error: unknown): IteratorResult<Suspend, T> {
    throw error;
  }

  /**
   * Called when the coroutine that awaits it is closed.
   *
   * @throws {RuntimeError} if a `for…of` over it is left, or it is taken apart: it yields nothing that anybody could want
   */
  return(value: T): IteratorResult<Suspend, T> {
    if (current.parked === (this as unknown)) throw iterated();
    return { done: true, value };
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return lazyThen(this, onFulfilled, onRejected);
  }

  catch<R2 = never>(onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null): Promise<T | R2> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return finallyOf(this, onFinally);
  }

  /** As a promise has it. */
  get [Symbol.toStringTag](): string {
    return "LazyAwaitable";
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this as unknown as Iterator<Suspend, T, unknown>;
  }

  /** Readable form, for a task that waits for it. */
  toString(): string {
    return describeCoroutine(this);
  }
}
Object.defineProperty(LazyObject.prototype, "~lazy", { value: true });
