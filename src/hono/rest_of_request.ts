/**
 * The rest of a request: what Hono's `next()` runs, as something that a coroutine can await.
 *
 * @module
 */
import type { Context, Next } from "hono";
import type { Stepper } from "../core/contract.ts";
import type { TimerHandle } from "../core/handle.ts";
import { loopOf } from "../core/internal.ts";
import { owesCancel, takeOwedCancel, waitsFor } from "../core/lazy_internal.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { RequestRun, type RequestRunOptions } from "../http/request_run.ts";
import { guard } from "./guard.ts";

/** Runs the rest; a cancel of the running task comes out as a cancel and is not taken for an error on the way. */
export async function runRest(context: Context, next: Next): Promise<void> {
  const leave = guard(context, runningTask() as Task<unknown>);
  try {
    await next();
  } finally {
    leave();
  }
}

/**
 * The rest of a request in the task of who awaits it: coroutines further down are stepped by the same task. An async function that awaits it
 * is called by Hono, and can as well await what Hono returns.
 */
export function restOfRequest(context: Context, next: Next, options?: RequestRunOptions): RequestRun {
  const run = () => runRest(context, next);
  return new RequestRun(run, "go on with", "next", { promise: run, ...options });
}

/**
 * The same, which is left alone if it does not heed a cancel for so many milliseconds: an async function that waits for a promise of somebody
 * else goes on, whatever one does, and who set the limit has to go on without it. `abandons` is asked before that; a cancel may have come
 * from elsewhere.
 */
export function limitedRest(context: Context, next: Next, gracePeriod: number, abandons: () => boolean): RequestRun {
  let timer: TimerHandle | null = null;
  const giveUp = (run: RequestRun, stepper: Stepper): void => {
    timer = null;
    // It has heard of the cancel meanwhile.
    if (waitsFor(stepper) !== run || !owesCancel(stepper) || !abandons()) return;
    run.abandonWait(takeOwedCancel(stepper));
  };
  return restOfRequest(context, next, {
    cancelUnheard: (run, stepper) => {
      timer ??= loopOf(run.task as Task<unknown>).callLater(gracePeriod, () => giveUp(run, stepper));
    },
    ended: () => timer?.cancel(),
  });
}
