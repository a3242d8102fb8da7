/**
 * Tasks that start at once.
 *
 * @module
 */
import type { BaseEventLoop, TaskFactory } from "../core/base_event_loop.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { Task } from "../core/task.ts";
import type { CreateTaskOptions } from "../core/task_options.ts";

/**
 * A class of tasks: {@linkcode Task} or one that extends it.
 *
 * @category Tasks and futures
 */
export type TaskConstructor = new <T>(
  source: TaskSource<T>,
  loop: BaseEventLoop,
  options?: CreateTaskOptions,
) => Task<T>;

/**
 * A task factory for {@linkcode BaseEventLoop.setTaskFactory}: each task runs its first step inside the call that creates it, unless its
 * options have `eagerStart: false`.
 *
 * @example A task that never meets the loop
 * ```ts
 * import { createTask, eagerTaskFactory, getRunningLoop, run } from "@loop/asyncio";
 * import { assert } from "@std/assert";
 *
 * await run(function* () {
 *   getRunningLoop().setTaskFactory(eagerTaskFactory);
 *   const task = createTask(function* () {
 *     return "at once";
 *   });
 *   assert(task.done());
 * });
 * ```
 *
 * @category Tasks and futures
 */
export function eagerTaskFactory<T>(
  loop: BaseEventLoop,
  source: TaskSource<T>,
  options: CreateTaskOptions = {},
): Task<T> {
  return new Task<T>(source, loop, { eagerStart: true, ...options });
}

/**
 * Returns an eager task factory for another class of tasks.
 *
 * @example Tasks of one's own class
 * ```ts
 * import { createEagerTaskFactory, createTask, getRunningLoop, run, Task } from "@loop/asyncio";
 * import { assertInstanceOf } from "@std/assert";
 *
 * class Job<T> extends Task<T> {}
 *
 * await run(function* () {
 *   getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
 *   assertInstanceOf(createTask(function* () {}), Job);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export function createEagerTaskFactory(taskConstructor: TaskConstructor): TaskFactory {
  if (typeof taskConstructor !== "function") {
    throw new TypeError("Cannot make a task factory: give Task, or a class that extends it.");
  }
  return (loop, source, options) => new taskConstructor(source, loop, { eagerStart: true, ...options });
}
