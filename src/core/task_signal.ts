/**
 * The signals of tasks: made when asked for, kept aside so that other tasks carry nothing for them.
 *
 * @module
 */
import { AsyncRun } from "./async_run.ts";
import { CancelledError } from "./cancelled_error.ts";
import type { Task } from "./task.ts";

const controllers = new WeakMap<Task<unknown>, AbortController>();

/** The signal of a task; a fresh one when the last was aborted by a cancel that has been taken back since. */
export function signalOf(task: Task<unknown>): AbortSignal {
  let controller = controllers.get(task);
  if (controller === undefined || (controller.signal.aborted && task._requests === 0)) {
    controller = new AbortController();
    controllers.set(task, controller);
    if (task._requests > 0) controller.abort(new CancelledError());
  }
  return controller.signal;
}

/**
 * Aborts the signal of a task that is being cancelled. Listeners are the task's own code, which a cancel never
 * runs, so the loop does it in the next iteration.
 */
export function abortSignalOf(task: Task<unknown>, message: string | undefined): void {
  const controller = controllers.get(task);
  if (controller === undefined || controller.signal.aborted) return;
  task._loop._schedule({
    _owner: task,
    _run() {
      if (task.done() && !task.cancelled()) return;
      controller.abort(new CancelledError(message));
      const run = task._waiter;
      if (!(run instanceof AsyncRun)) return;
      // What the function awaits of the host rejects now.
      if (run._task !== null) run._mayHear();
    },
  });
}

/** Cancels a task when a signal aborts; listens no longer than the task lives. */
export function cancelOnAbort(task: Task<unknown>, signal: AbortSignal): void {
  const abort = () => {
    const { reason } = signal;
    task.cancel(reason instanceof Error ? reason.message : reason === undefined ? undefined : String(reason));
  };
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener("abort", abort, { once: true });
  task.addDoneCallback(() => signal.removeEventListener("abort", abort));
}
