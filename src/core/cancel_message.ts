/**
 * The messages of cancels that tasks have had.
 *
 * A gather that is cancelled says so with the message that its last child was cancelled with, even if that child
 * went on and returned: CPython's tasks remember it for this alone. Few cancels have a message and a slot in every
 * task would cost them all, so it is kept aside.
 *
 * @module
 */
import type { Future } from "./future.ts";
import type { Task } from "./task.ts";

const messages = new WeakMap<Future<unknown>, string>();

/** Notes the message of a cancel that will be thrown at the task's next step; the last one counts. */
export function noteCancelMessage(task: Task<unknown>, message: string | undefined): void {
  if (message === undefined) messages.delete(task);
  else messages.set(task, message);
}

/** The message of the last cancel that was thrown at a step of a future, if it is a task and there was one. */
export function lastCancelMessage(future: Future<unknown>): string | undefined {
  return messages.get(future);
}
