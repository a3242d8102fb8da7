/**
 * What the tasks of a loop wait for, in words.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { AnyAwait, AnyCode, Parkable } from "../core/contract.ts";
import { DeadlockError, NotSupportedError } from "../core/errors.ts";
import { unfinishedTasks, waitsFor } from "../core/internal.ts";
import { isFuture } from "../core/kinds.ts";
import type { Task } from "../core/task.ts";
import { BareWait } from "../core/wait.ts";
import { isAsync } from "../core/current.ts";

/** No more than so many tasks are described. */
const MOST_TASKS = 20;

/** Whether what is waited for is a promise of the host, whatever lies between. */
function isForeign(waiter: Parkable | null): boolean {
  if (waiter === null) return false;
  if (isAsync(waiter)) {
    const awaits = (waiter as AnyCode).awaits();
    return awaits.length === 0 || awaits.some(({ awaited }: AnyAwait) => isForeign(awaited));
  }
  return waiter instanceof BareWait ? waiter.methodName() === "fromPromise" : !isFuture(waiter);
}

/** The tasks that wait for a promise of the host. */
export function tasksAwaitingHost(loop: BaseEventLoop): Task<unknown>[] {
  return [...unfinishedTasks(loop)].filter((task) => isForeign(waitsFor(task)));
}

/** What each of the tasks waits for, a line each. */
export function describeTasks(tasks: Iterable<Task<unknown>>): string {
  const all = [...tasks];
  const lines = all.slice(0, MOST_TASKS).map((task) => `\n  ${task}`);
  if (all.length > MOST_TASKS) lines.push(`\n  … and ${all.length - MOST_TASKS} more`);
  return lines.join("");
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
  const tasks = unfinishedTasks(loop);
  return new DeadlockError(
    `Cannot go on in ${where}: nothing is ready, no timer is left, and ` +
      (tasks.size === 0 ? "no task is left to go on." : `every task waits for another one:${describeTasks(tasks)}`),
  );
}
