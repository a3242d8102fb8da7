/**
 * Starting tasks on the running loop.
 *
 * @module
 */
import type { TaskSource } from "./coroutine.ts";
import { requireLoop } from "./running.ts";
import type { Task } from "./task.ts";
import type { CreateTaskOptions } from "./task_options.ts";

/**
 * Makes a task of a coroutine, a lazy awaitable, or a generator or async function, on the running loop. It takes its first step in
 * the next iteration, unless it starts eagerly. An async function has the values of each AsyncLocalStorage as they are here.
 *
 * @returns the task
 * @throws {RuntimeError} if no loop is running
 * @throws {TypeError} if the source is none of these; a promise or a Future is refused
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
 */
export function createTask<T>(source: TaskSource<T>, options?: CreateTaskOptions): Task<T> {
  return requireLoop("create a task").createTask(source, options);
}
