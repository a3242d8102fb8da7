/**
 * What other folders do with loops, tasks and futures that users cannot.
 *
 * Nothing with an underscore is used across folders: whoever builds on the core calls these.
 *
 * @module
 */
import { Awaiter } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { Context, ScopedVars, snapshotVars, type TaskScope } from "./context.ts";
import type { AnyFuture, AnyTask, Loop, Runnable, Stepper, TaskCounter, Timed, Vars } from "./contract.ts";
import { type Future, PENDING, RESOLVED, UNREAD } from "./future.ts";
import { DoneCallback } from "./handle.ts";
import { COUNTED } from "./step.ts";
import type { Task } from "./task.ts";

export { describeBriefly, errorWhereWaiting } from "./repr.ts";
export { lookInto } from "./current.ts";

// Loops

/** Runs an entry in the next iteration. */
export function schedule(loop: Loop, entry: Runnable): void {
  loop._schedule(entry);
}

/** Runs an entry at a time of the loop's clock. */
export function scheduleAt(loop: Loop, timer: Timed, when: number): void {
  loop._scheduleAt(timer, when);
}

/** A timer that {@linkcode scheduleAt} has scheduled will do nothing: it says so itself when it comes up. */
export function timerCancelled(loop: Loop): void {
  loop._timerCancelled();
}

/** Lets the host run microtasks before the next iteration, for what is done now and goes on in them. */
export function expectMicrotasks(loop: Loop): void {
  loop._expect();
}

/** Has a loop call back when it parks; null for nobody. */
export function onPark(loop: BaseEventLoop, callback: (() => void) | null): void {
  loop._onPark = callback;
}

/** The number of the turn in which a loop is parked, and when its first timer is due; null if it is not parked. */
export function parkedIn(loop: BaseEventLoop): { readonly turn: number; readonly until: number } | null {
  return loop._parked();
}

/** The task that an entry makes a step of, be it a coroutine or an async function; null for callbacks and timers. */
export function taskOfEntry(entry: Runnable): Task<unknown> | null {
  if (entry._root !== undefined) return entry._root as Task<unknown>;
  return entry instanceof Awaiter ? (entry.code?.task ?? null) as Task<unknown> | null : null;
}

/**
 * Checks that a loop may still be used.
 *
 * @throws {RuntimeError} if it is closed
 */
export function checkClosed(loop: Loop): void {
  loop._checkClosed();
}

/**
 * Checks that a loop can be run from here.
 *
 * @throws {RuntimeError} if it is closed, or runs already
 */
export function checkStartable(loop: BaseEventLoop): void {
  loop._checkStartable();
}

/** The tasks that are not done: a copy. */
export function unfinishedTasks(loop: BaseEventLoop): Set<Task<unknown>> {
  return loop._unfinished();
}

/** Sets who hears of each task of a loop that is cancelled; null for nobody. */
export function hearCancels(loop: BaseEventLoop, listener: ((task: Task<unknown>) => void) | null): void {
  loop._onCancel = listener as ((task: AnyTask) => void) | null;
}

/** Tasks that nobody's code awaits; what ends a program waits for them. */
export function looseTasks(loop: BaseEventLoop): Set<Task<unknown>> {
  return loop._loose as Set<Task<unknown>>;
}

// Futures and tasks

/** The loop of a future; `getLoop()` of a class of users may say something else. */
export function loopOf(future: Future<unknown>): BaseEventLoop {
  return future._loop;
}

/**
 * The same as `addDoneCallback()`, for somebody who waits for the future by the callback: a task, a part of one, or another future. Who waits for
 * whom is read from there; see `wait_graph.ts`.
 */
export function callWhenDone<F extends Future<unknown>>(
  future: F,
  callback: (future: F) => unknown,
  awaiter: Stepper | AnyFuture | null,
): void {
  future._addWaiter(new DoneCallback(future, callback as (future: never) => unknown, snapshotVars(), awaiter));
}

/**
 * Has each of several tasks counted, if all are tasks that nobody waits for so far; returns whether they are. That costs less than a callback of
 * each.
 */
export function countTasks(tasks: readonly Future<unknown>[], counter: TaskCounter): boolean {
  for (const task of tasks as readonly Task<unknown>[]) {
    if (task._root !== task || task._state !== PENDING || task._waiters !== null) return false;
  }
  for (const task of tasks as readonly Task<unknown>[]) {
    task._flags |= COUNTED;
    task._waiters = counter;
  }
  return true;
}

/**
 * States that all of these have to be done before a future is, which is no task. It is kept where the result will be, and may change as long as
 * the future is pending; {@linkcode neededBy} returns it.
 */
export function needsAll(future: Future<unknown>, needed: Iterable<AnyFuture | Future<unknown>>): void {
  future._value = needed;
}

/** Whether a future is done and has a result. */
export function hasResult(future: Future<unknown>): boolean {
  return future._state === RESOLVED;
}

/** Whether a future has an exception that nobody has read. */
export function isUnread(future: Future<unknown>): boolean {
  return future._state === UNREAD;
}

/** Counts the exception of a future as read: somebody else reports it. */
export function markRead(future: Future<unknown>): void {
  future._markRead();
}

/** What a future has, without counting as having read it: its result, its exception, or the message of its cancel. */
export function storedIn(future: Future<unknown>): unknown {
  return future._value;
}

/**
 * What an await of a future throws, for one that is cancelled or has failed; for one that has failed it is what was stored, which need not be an
 * Error. Counts as having read it.
 */
export function errorOf(future: Future<unknown>): unknown {
  return future._outcome("result");
}

/** Stores whatever was thrown, as the exception of a future. JavaScript lets code throw what is not an Error, and it must reach someone. */
export function failWith(future: Future<unknown>, error: unknown): void {
  future._fail(error);
}

// Contexts

/** A context with the variables as they are in another one, whose tasks belong to a scope. */
export function scopedContext(vars: Vars, scope: TaskScope): Context {
  const context = new Context();
  context._context = new ScopedVars(vars, scope);
  return context;
}
