/**
 * What the tasks of a loop wait for, in words.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { AnyTask } from "../core/contract.ts";
import { NotSupportedError } from "../core/errors.ts";
import { unfinishedTasks } from "../core/internal.ts";
import type { Task } from "../core/task.ts";
import * as describe from "../deadlock/describe.ts";
import * as needs from "../deadlock/needs.ts";
import { deadlockError } from "../deadlock/why_stuck.ts";

/** The tasks that wait for a promise of the host. */
export function tasksAwaitingHost(loop: BaseEventLoop): Task<unknown>[] {
  return needs.tasksAwaitingHost(unfinishedTasks(loop));
}

/** What each of the tasks waits for, a line each. */
export function describeTasks(tasks: Iterable<Task<unknown>>): string {
  return describe.describeTasks(tasks as unknown as Iterable<AnyTask>);
}

/** Why a loop in virtual time will never go on. */
export function whyStuck(loop: BaseEventLoop, where: string): Error {
  const foreign = tasksAwaitingHost(loop);
  if (foreign.length > 0) {
    return new NotSupportedError(
      `Cannot wait for the host in ${where}: nothing is ready, no timer is left, and a promise that belongs to no loop is still ` +
        "pending. It may be a fetch, a file, a module that loads, or a timer of the host. Pass allowHost: true to wait for it, " +
        "fakeGlobals: true if it is a setTimeout, or run the program on the real loop with run(). It is awaited by:" +
        describeTasks(foreign),
    );
  }
  return deadlockError(` in ${where}`, "nothing is ready, no timer is left", [...unfinishedTasks(loop)]);
}
