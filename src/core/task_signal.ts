/**
 * The signals of tasks and their strands. Few tasks have one, so they are made when they are asked for, and kept in a table.
 *
 * @module
 */
import type { AnyTask, Stepper } from "./contract.ts";
import { CancelledError } from "./cancelled_error.ts";
import { isAsync } from "./wait_chain.ts";

const controllers = new WeakMap<Stepper, AbortController>();
/** Those that are aborted, or will be soon. */
const ending = new WeakSet<AbortController>();

/** The signal of a task or strand. It is a new one if the last ended by a cancel that has been taken back since. */
export function signalOf(stepper: Stepper): AbortSignal {
  let controller = controllers.get(stepper);
  if (controller === undefined || (ending.has(controller) && stepper.cancelling() === 0)) {
    controller = new AbortController();
    controllers.set(stepper, controller);
    if (stepper.cancelling() > 0) {
      ending.add(controller);
      controller.abort(new CancelledError());
    }
  }
  return controller.signal;
}

/**
 * Aborts the signal of a task or strand that is being cancelled. The listeners are code of the task, which `cancel()` never
 * runs, so the loop does it in the next iteration.
 */
export function abortSignalOf(stepper: Stepper, message: string | undefined): void {
  const controller = controllers.get(stepper);
  if (controller === undefined || ending.has(controller)) return;
  ending.add(controller);
  const loop = stepper._loop;
  const abort = {
    _owner: stepper._root,
    _run() {
      const task = stepper._root;
      if (task.done() && !task.cancelled()) return;
      controller.abort(new CancelledError(message));
      // What async code awaits of the host may reject now.
      if (isAsync(stepper._waiter)) stepper._waiter.signalAborted();
    },
  };
  // Async code that is not heard of may still go on in microtasks: its next await must not be taken for the answer to this.
  if (isAsync(stepper._waiter) && stepper._waiter.onlyAwait() === null) {
    loop._adapter.hop(() => loop._schedule(abort));
  } else loop._schedule(abort);
}

/** Cancels a task when a signal aborts. It listens until the task is done. */
export function cancelOnAbort(task: AnyTask, signal: AbortSignal): void {
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
