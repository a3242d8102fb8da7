/**
 * What is said of tasks that go on after a cancel.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { hasResult, loopOf, owesCancel } from "../core/internal.ts";
import { visible } from "../core/repr.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { lineOf, type Place, placeHere } from "./places.ts";

/** The last cancel of each task: who has asked for it, and where. */
const cancels = new WeakMap<Task<unknown>, { readonly by: string; readonly place: Place }>();
/** The tasks that were cancelled and have not ended. */
const cancelled = new Set<Task<unknown>>();

/** How many of them are looked at after each batch: thousands may be cancelled at once. */
const CHECKED_AT_ONCE = 32;

/** A task is cancelled. */
export function noteCancel(task: Task<unknown>): void {
  const by = runningTask();
  cancels.set(task, {
    by: by === null
      ? "code outside of tasks"
      : by === task
      ? "itself, or a scope in it"
      : `the task '${visible(by.getName())}'`,
    place: placeHere(cancels),
  });
  cancelled.add(task);
}

/** Looks which of them have ended as if nothing had been. */
export function reportSwallowed(): void {
  let looks = Math.min(CHECKED_AT_ONCE, cancelled.size);
  for (const task of cancelled) {
    if (--looks < 0) return;
    cancelled.delete(task);
    if (!task.done() && task.cancelling() > 0) {
      // To the end of the line.
      cancelled.add(task);
      continue;
    }
    if (!task.done() || task.cancelled() || task.cancelling() === 0) continue;
    // It may as well have failed, which is told by its exception; and frameworks answer a request whose client has gone, for they make a
    // response of every error.
    if (hasResult(task) && !isAnswer(task.result())) {
      loopOf(task).logger.warn(
        `${task} was cancelled by ${
          byWhom(task)
        }, and has returned as if nothing had been: it has caught the CancelledError. Throw that on, ` +
          `or take the cancel back by uncancel().${lineOf(cancels.get(task)?.place, "cancelled at")}`,
      );
    }
  }
}

function isAnswer(result: unknown): boolean {
  return typeof Response !== "undefined" && result instanceof Response;
}

function byWhom(task: Task<unknown>): string {
  return cancels.get(task)?.by ?? "somebody";
}

/** Says of tasks that they have been in the middle of a cancel for long. */
export function reportSlowCancels(loop: BaseEventLoop, tasks: readonly Task<unknown>[]): void {
  for (const task of tasks) {
    if (task.done()) continue;
    const cancel = cancels.get(task);
    const why = owesCancel(task)
      ? "It awaits a promise of the host, which a cancel cannot end. Await that by fromPromise(), whose wait it ends"
      : "It has caught the CancelledError and gone on, or its cleanup takes that long. Throw the error on, or take the cancel back by uncancel()";
    loop.logger.warn(
      `${task} was cancelled${cancel === undefined ? "" : ` by ${cancel.by}`}, and has not ended since then. ${why}.` +
        lineOf(cancel?.place, "cancelled at"),
    );
  }
}
