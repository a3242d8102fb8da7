/**
 * Starting tasks on the running loop.
 *
 * @module
 */
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { Context } from "./context.ts";
import type { TaskSource } from "./coroutine.ts";
import { requireLoop } from "./running.ts";
import { Task } from "./task.ts";
import { type CreateTaskOptions, HookedOptions, type TaskHooks } from "./task_options.ts";

/**
 * Makes a task of a coroutine, a lazy awaitable, or a generator or async function, on the running loop. It takes its first step in
 * the next iteration, unless it starts eagerly. An async function has the values of each AsyncLocalStorage as they are here.
 *
 * @returns the task
 * @throws {RuntimeError} if no loop is running
 * @throws {TypeError} if the source is not one of these; a promise or a Future is refused
 *
 * @example Two things at once
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const task = createTask(function* () {
 *     yield* sleep(1);
 *     return "done";
 *   }, { name: "worker" });
 *   console.log(yield* task);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export function createTask<T>(source: TaskSource<T>, options?: CreateTaskOptions): Task<T> {
  return requireLoop("create a task").createTask(source, options);
}

/**
 * Makes a task with hooks. The loop knows it, and so does the scope of the context that it is made in; its first step is taken when
 * {@linkcode beginTask} says so.
 */
export function createTaskWithHooks<T>(
  source: TaskSource<T>,
  loop: BaseEventLoop,
  hooks: TaskHooks,
  context?: Context,
): Task<T> {
  return new Task<T>(source, loop, new HookedOptions(hooks, context));
}

/** Takes the first step of such a task: at once, inside whatever runs, if the loop runs and `eager` says so; else in the next iteration. */
export function beginTask(task: Task<unknown>, eager: boolean): void {
  task._begin(eager && task._loop.isRunning());
}

/** The hooks of a task, or null if it has none. */
export function hooksOf(task: Task<unknown>): TaskHooks | null {
  return typeof task._name === "object" ? task._name : null;
}
