/**
 * Which loop and which task the running code belongs to.
 *
 * @module
 */
import { markedLoop, markedPart } from "./async_storage.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { current, runningLoops } from "./current.ts";
import { RuntimeError } from "./errors.ts";
import type { Stepper } from "./suspend.ts";
import type { Task } from "./task.ts";

/** The loop that runs this code, or null. */
export function runningLoop(): BaseEventLoop | null {
  return current.loop ?? markedLoop();
}

/** The loop that runs this code, or else the only one that runs in this thread: what belongs to no task may join it. */
export function loopToJoin(): BaseEventLoop {
  const loop = runningLoop();
  if (loop !== null) return loop;
  const running = runningLoops();
  const [only] = running;
  if (only !== undefined && running.length === 1) return only;
  throw new RuntimeError(
    only === undefined
      ? "Cannot await this: no event loop is running here. Await it in a coroutine or an async function that " +
        `run() or createTask() started, with yield* or await. ${IN_HONO}`
      : `Cannot await this: it belongs to no task, and ${running.length} event loops run here: ${
        running.slice(0, 3).join(", ")
      }${
        running.length > 3 ? ", …" : ""
      }. Await it in a coroutine or an async function that one of them runs, or start it there with createTask().`,
  );
}

/** What is stepped right now, a task or a strand of one; null in plain callbacks and between turns. */
function steppedNow(): Stepper | null {
  if (current.stepper !== null) return current.stepper;
  const entry = current.entries?.first();
  return entry?._root === undefined ? null : entry as Stepper;
}

/** The task whose step this is; null in plain callbacks and between turns. */
export function steppedTask(): Task<unknown> | null {
  if (current.stepper !== null) return current.stepper._root;
  return current.entries?.first()?._root ?? null;
}

/** The task that this code is part of, or null. */
export function runningTask(): Task<unknown> | null {
  return current.loop !== null ? steppedTask() : markedPart()?._task ?? null;
}

/** What this code is a part of, a task or a strand of one: what a scope that is entered here cancels. */
export function currentStepper(): Stepper | null {
  return current.loop !== null ? steppedNow() : markedPart()?._stepper ?? null;
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
function requireTask(what: string): Task<unknown> {
  const task = runningTask();
  if (task === null) {
    throw new RuntimeError(`Cannot ${what} outside a task. Call it in a coroutine that run() or createTask() started.`);
  }
  return task;
}

/** What a scope cancels that is entered here. */
export function requireStepper(what: string): Stepper {
  requireTask(what);
  return currentStepper() as Stepper;
}

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
