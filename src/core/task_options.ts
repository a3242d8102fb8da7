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
   */
  readonly eagerStart?: boolean | undefined;
  /** Cancels the task when it aborts, with the reason as message. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Runs each step with every AsyncLocalStorage as it is now: for handlers of frameworks that keep their context there.
   * False by default, and costs nothing then.
   */
  readonly asyncLocalStorage?: boolean | undefined;
}
