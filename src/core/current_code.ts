/**
 * What the code that runs just now belongs to: its loop, its task, its strand.
 *
 * `running.ts` has the same for those who know the classes.
 *
 * @module
 */
import { markedCode, markedLoop } from "./async_storage.ts";
import { current, runningLoops } from "./current.ts";
import type { AnyTask, Loop, Stepper } from "./contract.ts";
import { RuntimeError } from "./errors.ts";

/** The loop that runs this code, or null. */
export function runningLoop(): Loop | null {
  return current.loop ?? markedLoop();
}

/** The loop that runs this code, or else the only one that runs in this thread: what belongs to no task may join it. */
export function loopToJoin(): Loop {
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
export function steppedTask(): AnyTask | null {
  if (current.stepper !== null) return current.stepper._root;
  return current.entries?.first()?._root ?? null;
}

/** The task that this code is part of, or null. */
export function runningTask(): AnyTask | null {
  return current.loop !== null ? steppedTask() : markedCode()?.task ?? null;
}

/** What this code is a part of, a task or a strand of one: what a scope that is entered here cancels. */
export function currentStepper(): Stepper | null {
  return current.loop !== null ? steppedNow() : markedCode()?.stepper ?? null;
}

/** What to do where neither run() nor serve() calls the code: in `app.request()`, or a server of the host's. */
export const IN_HONO = "In a handler of a Hono app that serve() does not call, write app.use(middleware()) before it.";

/** The loop that runs this code. */
export function requireLoop(what: string): Loop {
  const loop = runningLoop();
  if (loop === null) {
    throw new RuntimeError(
      `Cannot ${what}: no event loop is running here. Call it from a coroutine, callback or async function that run() started. ${IN_HONO}`,
    );
  }
  return loop;
}

/** The task that this code is part of. */
function requireTask(what: string): AnyTask {
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

/** The loop that `setEventLoop()` made the current one. */
let chosen: Loop | null = null;

/** The running loop, or else the chosen one, of whatever class. */
export function getEventLoop(): Loop {
  const loop = runningLoop() ?? chosen;
  if (loop === null) {
    throw new RuntimeError(
      `Cannot get the event loop: none is running and none was set. Call run(), or setEventLoop(newEventLoop()). ${IN_HONO}`,
    );
  }
  return loop;
}

/** @internal The type of loop that may be set is not known here. */
export function chooseLoop(loop: Loop | null): void {
  chosen = loop;
}
