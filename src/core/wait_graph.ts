/**
 * Who waits for whom, read off the tasks: nothing is kept for it while they run. What takes a task apart for people stands on this.
 *
 * @module
 */
import type { AnyFuture, AnyTask, Parkable, Stepper } from "./contract.ts";
import { Awaiter } from "./await.ts";
import { isCall } from "./suspend.ts";
import { BareWait, WAITING } from "./wait.ts";
import { DoneCallback } from "./handle.ts";
import { Future, PENDING } from "./future.ts";
import { Leftover, Strand } from "./strand.ts";
import { runningTask } from "./current_code.ts";
import { isAsync } from "./current.ts";

/** Of a stack of coroutines so many are described at each end. */
const MAX_CALLERS = 50;
/** Async code within async code is followed so far. */
const MAX_DEPTH = 200;

/** One level of what a task does: a coroutine, an async function, or what that waits for in the end. */
export interface Level {
  /** The coroutine, the async function, or what is waited for. */
  readonly of: object;
  /** What steps it: the task, or a strand of it. Null for what is only waited for. */
  readonly stepper: Stepper | null;
  /** What goes on inside of it: nothing at the innermost level, several things in async code that awaits several. */
  readonly inner: readonly Level[];
}

/** The coroutine that a task, or a part of one, was made of: it may run others by `call`. */
export function outermostCoroutine(stepper: Stepper): object {
  return stepper._call?.outermost() ?? stepper._coro;
}

/** What waits for a future: a task, or a future that is made of others, as that of `gather()`. */
export interface AwaitedBy {
  readonly awaiter: AnyFuture;
  /** The part of a task that waits, if it is one. */
  readonly stepper: Stepper | null;
}

/** What a task does just now, from its coroutine to what that waits for. One that is done does nothing. */
export function levelsOf(task: AnyTask): readonly Level[] {
  return task.done() ? [] : stepperLevels(task, 0);
}

function stepperLevels(stepper: Stepper, depth: number): readonly Level[] {
  // What was left behind is a task of its own, which does nothing else.
  if (stepper._coro instanceof Leftover) return stepperLevels(stepper._coro.strand, depth);
  const coroutines: object[] = [stepper._coro, ...stepper._call?.callers(MAX_CALLERS) ?? []];
  const outermost = stepper._call?.outermost();
  if (outermost !== undefined && coroutines.at(-1) !== outermost) coroutines.push(outermost);
  let levels = waitLevels(stepper._waiter, stepper._coro, depth + 1);
  // A call has its coroutine stepped in its place.
  for (const of of coroutines) if (!isCall(of)) levels = [{ of, stepper, inner: levels }];
  return levels;
}

/** The one thing that a task waits for in the end, itself or by the one await of its async code; null for none and for several. */
export function onlyWaitOf(task: AnyTask): object | null {
  const { _waiter: waiter } = task;
  if (waiter === null || !isAsync(waiter)) return waiter;
  const only = waiter.onlyAwait();
  return only instanceof Strand ? only._waiter : only?.awaited ?? null;
}

/** `below` is the coroutine that waits: it may be what it waits for as well, as in the task of a sleep. */
function waitLevels(waiter: Parkable | null, below: object, depth: number): readonly Level[] {
  if (waiter === null) return [];
  let inner: readonly Level[] = [];
  if (isAsync(waiter) && depth < MAX_DEPTH) {
    inner = waiter.awaits().flatMap((awaited): readonly Level[] => {
      if (awaited instanceof Strand) return stepperLevels(awaited, depth);
      return awaited.awaited === null ? [] : [{ of: awaited.awaited, stepper: null, inner: [] }];
    });
  }
  return waiter === below ? inner : [{ of: waiter, stepper: null, inner }];
}

/** Who waits for a future, as far as that is known. A callback of a user's stands for nobody. */
export function awaitersOf(future: AnyFuture): AwaitedBy[] {
  const waiters = future._waiters;
  if (waiters === null) return [];
  const found: AwaitedBy[] = [];
  for (const waiter of Array.isArray(waiters) ? waiters : [waiters]) {
    const awaiter = waiter instanceof DoneCallback
      ? waiter.awaiter
      : waiter instanceof Awaiter
      ? waiter.code?.stepper ?? waiter.code?.task ?? null
      : waiter as Stepper | AnyFuture;
    // What has ended may be registered still, if nothing had to be taken back for the program's sake.
    if (awaiter === null || awaiter.done()) continue;
    const task = awaiter._root;
    if (task !== undefined) found.push({ awaiter: task, stepper: awaiter as Stepper });
    else found.push({ awaiter: awaiter as AnyFuture, stepper: null });
  }
  return found;
}

/** Whether a value is a task. */
export function isTask(value: object): value is AnyTask {
  return (value as Partial<AnyTask>)._root === value;
}

/** What a task is about: it runs now, it will run in the next iteration, it waits, or it is done. */
export type Activity = "running" | "ready" | "waiting" | "done";

/** What a task is about just now. */
export function activityOf(task: AnyTask): Activity {
  if (task.done()) return "done";
  if (runningTask() === task) return "running";
  const waiter = task._waiter;
  if (waiter === null) return "ready";
  if (waiter instanceof BareWait) return waiter.phase === WAITING ? "waiting" : "ready";
  return waiter instanceof Future && waiter._state !== PENDING ? "ready" : "waiting";
}
