/**
 * Which loop and which task the running code belongs to.
 *
 * @module
 */
import { currentAsyncRun } from "./async_storage.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { current } from "./current.ts";
import { RuntimeError } from "./errors.ts";
import type { Parkable } from "./suspend.ts";
import type { Task } from "./task.ts";

/** The loop that runs this code, or null. */
export function runningLoop(): BaseEventLoop | null {
  return current.loop ?? currentAsyncRun()?._task?._loop ?? null;
}

/** The task whose step this is; null in plain callbacks and between turns. */
export function steppedTask(): Task<unknown> | null {
  if (current.task !== null) return current.task;
  const entry = current.entries?.first();
  return entry?._isTask === true ? entry as unknown as Task<unknown> : null;
}

/**
 * Whether the task waits for it, or is in the step that begins to. A `for…of` or a destructuring asks without waiting: the task then
 * waits for something else, or for nothing, and must not be woken.
 */
export function isAwaited(awaited: Parkable, task: Task<unknown>): boolean {
  return task._waiter === awaited || steppedTask() === task;
}

/** The task that this code is part of, or null. */
export function runningTask(): Task<unknown> | null {
  return current.loop !== null ? steppedTask() : currentAsyncRun()?._task ?? null;
}

/** What to do where neither run() nor serve() calls the code: in `app.request()`, or a server of the host's. */
export const IN_HONO = "In a handler of a Hono app that serve() does not call, write app.use(middleware()) before it.";

/** The loop that runs this code. */
export function requireLoop(what: string): BaseEventLoop {
  const loop = runningLoop();
  if (loop === null) {
    throw new RuntimeError(
      `Cannot ${what}: no event loop is running here. Call it from a coroutine, callback or async function that run() started. ${IN_HONO}`,
    );
  }
  return loop;
}

/** The task that this code is part of. */
export function requireTask(what: string): Task<unknown> {
  const task = runningTask();
  if (task === null) {
    throw new RuntimeError(`Cannot ${what} outside a task. Call it in a coroutine that run() or createTask() started.`);
  }
  return task;
}

/**
 * The task that runs this code, or null in a plain callback.
 *
 * @param loop the loop to ask; by default the running one
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
 */
export function currentTask(loop?: BaseEventLoop): Task<unknown> | null {
  const asked = loop ?? requireLoop("ask for the current task");
  const task = runningTask();
  return task !== null && task._loop === asked ? task : null;
}

/**
 * The tasks of a loop that are not done, in the order that they were made.
 *
 * @param loop the loop to ask; by default the running one
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
 */
export function allTasks(loop?: BaseEventLoop): Set<Task<unknown>> {
  return (loop ?? requireLoop("ask for all tasks"))._unfinished();
}

/** The loop that runs this code, of whatever class. */
export function getRunningLoop(): BaseEventLoop {
  return requireLoop("get the running loop");
}

/** The loop that `setEventLoop()` made the current one. */
let chosen: BaseEventLoop | null = null;

/** The running loop, or else the chosen one, of whatever class. */
export function getEventLoop(): BaseEventLoop {
  const loop = runningLoop() ?? chosen;
  if (loop === null) {
    throw new RuntimeError(
      `Cannot get the event loop: none is running and none was set. Call run(), or setEventLoop(newEventLoop()). ${IN_HONO}`,
    );
  }
  return loop;
}

/** @internal The type of loop that may be set is not known here. */
export function chooseLoop(loop: BaseEventLoop | null): void {
  chosen = loop;
}
