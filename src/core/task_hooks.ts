/**
 * What is told of a task, and asked about it, by whoever has made it: a request of a server, the body of a response. It stands
 * in place of a subclass.
 *
 * @module
 */
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { Context, Vars } from "./context.ts";
import type { TaskSource } from "./coroutine.ts";
import type { Task } from "./task.ts";

/** One object for each task that has any. A task without hooks pays nothing for those that have them. */
export interface TaskHooks {
  /**
   * Whether the strands of the task carry each AsyncLocalStorage as well. It does not change while the task lives.
   */
  readonly carriesStorage: boolean;
  /**
   * What runs each step of the task, most often with each AsyncLocalStorage as it was somewhere; null if nothing does. It is read before
   * each step, and set in the middle of one for those that come.
   */
  aroundStep: ((step: () => void) => void) | null;
  /**
   * Makes the context variables, when somebody reads them for the first time; the task keeps them. Null for a task that has those of where
   * it is made, or of its context.
   */
  readonly makeVars: (() => Vars) | null;
  /** Returns the name of the task, when somebody reads it for the first time and has not set another; the task keeps it. */
  name(): string;
  /**
   * The coroutine has returned. It is called last: the state of the task is set, and those who wait are scheduled. The value is lost if the
   * task was cancelled in its last step: see `task.cancelled()`. It may not throw.
   */
  returned(task: Task<unknown>, value: unknown): void;
  /** The coroutine has thrown; as `returned`. A KeyboardInterrupt leaves the loop after that. */
  raised(task: Task<unknown>, error: unknown): void;
}

/**
 * Makes a task with hooks. The loop knows it, and so does the scope of the context that it is made in; its first step is taken when it is
 * told to begin.
 */
export type CreateTaskWithHooks = <T>(
  source: TaskSource<T>,
  loop: BaseEventLoop,
  hooks: TaskHooks,
  context?: Context,
) => Task<T>;

/** Takes the first step of such a task: at once, inside whatever runs, if the loop runs; or else in the next iteration. */
export type BeginTask = (task: Task<unknown>, eager: boolean) => void;
