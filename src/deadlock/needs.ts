/**
 * What a task needs before it can go on.
 *
 * @module
 */
import type { AnyCode, AnyFuture, AnyTask, Parkable } from "../core/contract.ts";
import { isAsync } from "../core/current.ts";
import { neededBy, waitsFor } from "../core/lazy_internal.ts";
import { isFuture } from "../core/future.ts";
import { BareWait } from "../core/wait.ts";
import { activityOf, isTask } from "../core/wait_graph.ts";

/** Futures that are made of others are followed so far. */
const MAX_DEPTH = 100;

/** What a task needs, all of it. */
export interface Needs {
  /** The tasks that have to end, or to hand something on. Empty if something else may wake it. */
  readonly tasks: readonly AnyTask[];
  /** Whether one of them holds a lock that it waits for. Somebody else may release that. */
  readonly byLock: boolean;
  /** Whether an async function is between, which may wait for the host as well, as in a `Promise.race`. */
  readonly byAsync: boolean;
}

const NOBODY: readonly AnyTask[] = [];
const NOTHING: Needs = { tasks: NOBODY, byLock: false, byAsync: false };

/** What a task needs before it can go on. What may be enough without the rest, as the first of several, is not counted. */
export function needsOf(task: AnyTask): Needs {
  let waiter = waitsFor(task);
  let byAsync = false;
  while (isAsync(waiter)) {
    byAsync = true;
    waiter = (waiter as AnyCode).onlyAwait()?.awaited ?? null;
  }
  // Most tasks wait for neither of these, and there may be many.
  if (waiter === null) return NOTHING;
  const byLock = waiter instanceof BareWait;
  const tasks = byLock ? holderOf(waiter as BareWait<unknown>) : tasksNeededBy(waiter as unknown as AnyFuture);
  return tasks.length === 0 || activityOf(task) !== "waiting" ? NOTHING : { tasks, byLock, byAsync };
}

function holderOf(wait: BareWait<unknown>): readonly AnyTask[] {
  const holder = wait.heldBy();
  return holder === null || holder.done() ? NOBODY : [holder];
}

/** The tasks that all have to end before a future is done: it alone, if it is a task. None if it is no future, or that is not known. */
export function tasksNeededBy(future: AnyFuture): readonly AnyTask[] {
  if (isTask(future)) return future.done() ? NOBODY : [future];
  if (!isFuture(future) || neededBy(future) === null) return NOBODY;
  const tasks = new Set<AnyTask>();
  addTasks(future, tasks, 0);
  return [...tasks];
}

function addTasks(future: AnyFuture, tasks: Set<AnyTask>, depth: number): void {
  if (future.done() || depth > MAX_DEPTH) return;
  if (isTask(future)) return void tasks.add(future);
  for (const needed of neededBy(future) ?? []) addTasks(needed, tasks, depth + 1);
}

/** Whether what is waited for is a promise of the host, whatever lies between. */
function isForeign(waiter: Parkable | null): boolean {
  if (waiter === null) return false;
  if (isAsync(waiter)) {
    const awaits = (waiter as AnyCode).awaits();
    return awaits.length === 0 || awaits.some(({ awaited }) => isForeign(awaited));
  }
  return waiter instanceof BareWait ? waiter.methodName() === "fromPromise" : !isFuture(waiter);
}

/** The tasks that wait for a promise of the host. */
export function tasksAwaitingHost<T extends object>(tasks: Iterable<T>): T[] {
  return [...tasks].filter((task) => isForeign(waitsFor(task as unknown as AnyTask)));
}
