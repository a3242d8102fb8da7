/**
 * The use of a loop from code that another loop runs.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { debugging } from "../core/current.ts";
import { RuntimeError } from "../core/errors.ts";
import { runningLoop } from "../core/running.ts";

/**
 * Something is scheduled on a loop.
 *
 * @throws {RuntimeError} if it runs, and the code here belongs to another one
 */
export function checkLoop(loop: BaseEventLoop): void {
  const here = runningLoop();
  if (here === null || here === loop || debugging.isThreadsafe || !loop.isRunning()) return;
  throw new RuntimeError(
    `Cannot schedule anything on ${loop} here: this code runs on another loop, ${here}. Call callSoonThreadsafe() of that loop, or ` +
      "runCoroutineThreadsafe(coroutine, loop).",
  );
}
