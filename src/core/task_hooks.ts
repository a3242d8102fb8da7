/**
 * What is told of a task, and asked about it, by whoever has made it: a request of a server, the body of a response. It stands
 * in place of a subclass.
 *
 * @module
 */
import type { Vars } from "./contract.ts";
import type { Context } from "./context.ts";
import type { Task } from "./task.ts";
import type { CreateTaskOptions } from "./task_options.ts";

/** One object for each task that has any. A task without hooks pays nothing for those that have them. */
export interface TaskHooks {
  /** Whether the strands of the task carry each AsyncLocalStorage as well. It does not change while the task lives. */
  readonly carriesStorage: boolean;
  /**
   * What runs each step of the task, most often with each AsyncLocalStorage as it was somewhere; null if nothing does. It is read before
   * each step, and set in the middle of one for those that come.
   */
  aroundStep: AroundStep | null;
  /**
   * Makes the context variables, when somebody reads them for the first time; the task keeps them. Null for a task that has those of where
   * it is made, or of its context.
   */
  readonly makeVars: (() => Vars) | null;
  /** Returns the name of the task. It may be made when it is first asked for. */
  getName(): string;
  /** Sets the name, as `Task.setName()` does. */
  setName(name: string): void;
  /**
   * The coroutine has returned. It is called last: the state of the task is set, and those who wait are scheduled. The value is lost if the
   * task was cancelled in its last step: see `task.cancelled()`. It may not throw.
   */
  returned(task: Task<unknown>, value: unknown): void;
  /** The coroutine has thrown; as `returned`. A KeyboardInterrupt leaves the loop after that. */
  raised(task: Task<unknown>, error: unknown): void;
}

/** Calls a function, and returns what that returns. */
export type AroundStep = <R>(step: () => R) => R;

/** Options that no user can write: they give a task its hooks, and leave it to its maker to begin it. */
export class HookedOptions implements CreateTaskOptions {
  readonly hooks: TaskHooks;
  readonly context: Context | undefined;

  constructor(hooks: TaskHooks, context: Context | undefined) {
    this.hooks = hooks;
    this.context = context;
  }
}
