/**
 * How tasks are made.
 *
 * @module
 */
import type { Context } from "./context.ts";

/** The options of {@linkcode createTask} and of everything else that makes a task. */
export interface CreateTaskOptions {
  /** A name for people; `Task-N` by default. */
  readonly name?: string | undefined;
  /** The context to run in; by default a copy of the current one. */
  readonly context?: Context | undefined;
  /**
   * Takes the first step at once, inside the call, if the loop runs. A task that ends in it never meets the loop.
   * False by default.
   *
   * An async function runs at once up to its first `await`, and no further, whatever that awaits: JavaScript cannot go past it. So its task is
   * never done when the call returns, and where a coroutine would go on in the same step, the function does after the caller's.
   */
  readonly eagerStart?: boolean | undefined;
  /** Cancels the task when it aborts, with the reason as message. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Runs each step of a coroutine with every AsyncLocalStorage as it is now: for frameworks that keep their context there. An async function
   * has them anyway. By default true if the loop has the option, or the task in which it is made; else false, which costs nothing.
   */
  readonly asyncLocalStorage?: boolean | undefined;
}
