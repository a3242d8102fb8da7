/**
 * The loop and the task that run this code, and the tasks that it makes, eager or not.
 *
 * @module
 */
import * as code from "./current_code.ts";
import type { BaseEventLoop, TaskFactory } from "./base_event_loop.ts";
import type { Stepper } from "./contract.ts";
import { Task } from "./task.ts";
import type { TaskSource } from "./coroutine.ts";
import type { CreateTaskOptions } from "./task_options.ts";

/** The loop that runs this code, or null. */
export const runningLoop: () => BaseEventLoop | null = code.runningLoop as () => BaseEventLoop | null;

/** The loop that runs this code; what cannot be done without one is said in the error. */
export const requireLoop: (what: string) => BaseEventLoop = code.requireLoop as (what: string) => BaseEventLoop;

/** What steps a coroutine, with the classes of its loop and its task. */
export interface ScopedStepper extends Stepper {
  readonly _loop: BaseEventLoop;
  readonly _root: Task<unknown>;
}

/** What a scope cancels that is entered here; what cannot be done outside of tasks is said in the error. */
export const requireStepper: (what: string) => ScopedStepper = code.requireStepper as (what: string) => ScopedStepper;

/** The running loop, or else the one that `setEventLoop()` made the current one. */
export const getEventLoop: () => BaseEventLoop = code.getEventLoop as () => BaseEventLoop;

/** The task whose step this is; null in plain callbacks and between turns. */
export const steppedTask: () => Task<unknown> | null = code.steppedTask as () => Task<unknown> | null;

/** The task that this code is part of, or null. */
export const runningTask: () => Task<unknown> | null = code.runningTask as () => Task<unknown> | null;

/**
 * The task that runs this code. What an async function awaits of this module is a part of its task, so this is the same task in there.
 *
 * @param loop the loop to ask; by default the running one
 * @returns the task; null in a plain callback, and if the task belongs to another loop
 * @throws {RuntimeError} if no loop is given and none is running
 *
 * @example Who am I?
 * ```ts
 * import { createTask, currentTask, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const task = createTask(function* () {
 *     return currentTask()?.getName();
 *   }, { name: "worker" });
 *   assertEquals(yield* task, "worker");
 * });
 * ```
 *
 * @category Running
 */
export function currentTask(loop?: BaseEventLoop): Task<unknown> | null {
  const asked = loop ?? requireLoop("ask for the current task");
  const task = runningTask();
  return task !== null && task._loop === asked ? task : null;
}

/**
 * The tasks of a loop that are not done, in the order that they were made. What an async function awaits of this module is no task and
 * not among them. What it leaves behind when it ends, such as the losers of a `Promise.race`, becomes tasks, which are.
 *
 * @param loop the loop to ask; by default the running one
 * @returns a new set, which does not change when tasks end
 * @throws {RuntimeError} if no loop is given and none is running
 *
 * @example Name everything that runs
 * ```ts
 * import { allTasks, createTask, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   createTask(sleep(1_000), { name: "background" });
 *   assertEquals([...allTasks()].length, 2);
 * });
 * ```
 *
 * @category Running
 */
export function allTasks(loop?: BaseEventLoop): Set<Task<unknown>> {
  return (loop ?? requireLoop("ask for all tasks"))._unfinished();
}

/** The loop that runs this code, of whatever class. */
export function getRunningLoop(): BaseEventLoop {
  return requireLoop("get the running loop");
}

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
