/**
 * Tasks that go on after a cancel: what finds them, and what is said of them.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { AnyTask, Stepper } from "../core/contract.ts";
import { innermostWait } from "../core/current.ts";
import { hasResult, loopOf } from "../core/internal.ts";
import { owesCancel, taskOf, waitsFor } from "../core/lazy_internal.ts";
import { visible } from "../core/repr.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { isTask } from "../core/wait_graph.ts";
import { lineOf, type Place, placeHere, placesSoFar } from "./places.ts";
import { hasGoneOn, positionText, type WaitPosition, waitPosition } from "./wait_positions.ts";

/** Who cancels where no task runs: a callback of the user's, or the module in one of its own. */
const OUTSIDE = "code outside of tasks";
const OWN_CALLBACK = "a deadline, a task group, a signal or a client that has gone";

/** What is known of the last cancel of a task. */
interface Cancel {
  readonly by: string;
  readonly place: Place;
  /** The task that it waited for, which was cancelled in its place; null if there was none. */
  readonly through: Task<unknown> | null;
  /** Where it waited. */
  readonly before: WaitPosition | null;
  /** How many places there were. */
  readonly since: number;
  /** Where it has waited since then, the last time that was looked. */
  after: WaitPosition | null;
  /** How often that may still be looked at. */
  looks: number;
  /** Whether the task is among those that are looked at. */
  isWatched: boolean;
  isTold: boolean;
}

const CANCEL = Symbol("cancel");

/** The last cancel of a task. A property: thousands in a WeakMap are looked through by each collection. */
interface Cancellable {
  [CANCEL]?: Cancel;
}

function cancelOf(task: Task<unknown>): Cancel | undefined {
  return (task as Cancellable)[CANCEL];
}

/** The tasks that were cancelled and have not ended, those that were first before others; undefined in the place of one that is looked at no more. */
let cancelled: (Task<unknown> | undefined)[] = [];
/** How many of them are looked at no more, and which is looked at next. */
let gone = 0;
let nextLook = 0;
/** The task that has cancelled another one last in this batch, and how it is called. */
let lastBy: AnyTask | null = null;
let lastName = "";

/** How many of them are looked at after each batch, and have their place known: thousands may be cancelled at once. */
const CHECKED_AT_ONCE = 32;
/** How many places where one of them waits are looked at. */
const POSITIONS = 30;
/** How long a chain of tasks is followed that wait for one another. */
const LONGEST = 20;

/** A task is cancelled, and with it the tasks that it waits for. */
export function noteCancel(task: Task<unknown>): void {
  const by = runningTask();
  const place = placeHere(cancelled);
  let waiting: Task<unknown> | null = task;
  for (let link = 0; waiting !== null && link < LONGEST; link++) {
    const through = taskBehind(waiting);
    const last = cancelOf(waiting);
    const name = by === null
      ? loopOf(task).isRunning() ? OUTSIDE : "the end of its program"
      : by === waiting
      ? "itself, or a scope in it"
      : nameOfCanceller(by);
    const cancel: Cancel = {
      by: name,
      place,
      through,
      before: cancelled.length - gone < CHECKED_AT_ONCE ? waitPosition(waiting as unknown as AnyTask) : null,
      since: placesSoFar(),
      after: null,
      looks: POSITIONS,
      isWatched: true,
      // Who cancels until the task ends has been told.
      isTold: last?.isWatched === true && last.isTold && last.by === name,
    };
    if (last?.isWatched !== true) cancelled.push(waiting);
    (waiting as Cancellable)[CANCEL] = cancel;
    waiting = through;
  }
}

/** One task may cancel thousands. */
function nameOfCanceller(by: Task<unknown>): string {
  if (by as unknown as AnyTask !== lastBy) {
    lastBy = by as unknown as AnyTask;
    lastName = `the task '${visible(by.getName())}'`;
  }
  return lastName;
}

/** The stack is written when somebody is told, since thousands may be cancelled at once. */
function whoseCancel({ by, place }: Cancel): string {
  return by === OUTSIDE && place.location === "" ? OWN_CALLBACK : by;
}

function taskBehind(task: Task<unknown>): Task<unknown> | null {
  const waiter = innermostWait(waitsFor(task));
  return waiter !== null && isTask(waiter) && !waiter.done() ? waiter as unknown as Task<unknown> : null;
}

/** A loop is in debug mode no more: what its tasks do with their cancels is not heard of. */
export function forgetCancels(loop: BaseEventLoop): void {
  for (const [index, task] of cancelled.entries()) {
    if (task !== undefined && loopOf(task) === loop) unwatch(task, index);
  }
  forgetGone();
}

function unwatch(task: Task<unknown>, index: number): void {
  (cancelOf(task) as Cancel).isWatched = false;
  cancelled[index] = undefined;
  gone++;
}

function forgetGone(): void {
  nextLook = 0;
  if (gone === 0) return;
  cancelled = gone === cancelled.length ? [] : cancelled.filter((task) => task !== undefined);
  gone = 0;
}

/** Looks which of them have gone on, or ended, as if nothing had been. */
export function reportSwallowed(): void {
  lastBy = null;
  let looks = CHECKED_AT_ONCE;
  for (let left = cancelled.length; left > 0 && looks > 0; left--) {
    const index = nextLook++;
    const task = cancelled[index];
    if (task !== undefined) {
      if (reportEnded(task, cancelOf(task) as Cancel)) unwatch(task, index);
      else looks--;
    }
    if (nextLook === cancelled.length) forgetGone();
  }
}

/** Whether the task that was waited for has heard of a cancel in the place of the one that waited, and has ended in another way. */
function isHeardBehind({ through }: Cancel): boolean {
  return through?.done() === true && !through.cancelled();
}

/** Looks at one of them; returns whether that was the last time. */
function reportEnded(task: Task<unknown>, cancel: Cancel): boolean {
  if (task.cancelling() === 0) return true;
  const isOver = isHeardBehind(cancel);
  if (!task.done()) {
    if (!isOver) lookWhereItWaits(task, cancel);
    return false;
  }
  // It may as well have failed, which is told by its exception; and frameworks answer a request whose client has gone, for they make a
  // response of every error.
  if (!cancel.isTold && !isOver && !task.cancelled() && hasResult(task) && !isAnswer(task.result())) {
    tell(task, cancel, "has returned as if nothing had been");
  }
  return true;
}

function lookWhereItWaits(task: Task<unknown>, cancel: Cancel): void {
  const { before, after } = cancel;
  const waiter = innermostWait(waitsFor(task));
  if (before === null || cancel.looks === 0 || waiter === null) return;
  if (waiter === before.waiter || waiter === after?.waiter || owesCancel(task)) return;
  const now = waitPosition(task as unknown as AnyTask);
  cancel.looks--;
  if (now === null) return;
  cancel.after = now;
  if (cancel.isTold || !hasGoneOn(before, now, cancel.since)) return;
  cancel.isTold = true;
  tell(task, cancel, "goes on as if nothing had been");
}

/** The body of a deadline has returned in the middle of its cancel. */
export function reportOutlived(stepper: Stepper): void {
  const task = taskOf(stepper);
  // One that has heard nothing of it waits for the host.
  if (!loopOf(task).getDebug() || owesCancel(stepper)) return;
  const last = cancelOf(task);
  const cancel = last?.isWatched === true ? last : undefined;
  if (cancel?.isTold === true || (cancel !== undefined && isHeardBehind(cancel))) return;
  if (cancel !== undefined) cancel.isTold = true;
  loopOf(task).logger.warn(
    `The body of a deadline in ${task} was cancelled when that passed, and has returned as if nothing had been: it has caught the CancelledError. ` +
      `Throw that on, or ask the scope whether it has expired().${linesOf(cancel)}`,
  );
}

function tell(task: Task<unknown>, cancel: Cancel, what: string): void {
  loopOf(task).logger.warn(
    `${task} was cancelled by ${whoseCancel(cancel)}, and ${what}: it has caught the CancelledError. Throw that on, ` +
      `or take the cancel back by uncancel().${linesOf(cancel)}`,
  );
}

/** Where it has caught the cancel is between the first of these lines and the second. */
function linesOf(cancel: Cancel | undefined): string {
  const before = positionText(cancel?.before ?? null);
  const after = positionText(cancel?.after ?? null);
  return (before === "" ? "" : `\n  thrown where it waited: ${before}`) +
    (after === "" ? "" : `\n  then it waited: ${after}`) +
    lineOf(cancel?.place, "cancelled at");
}

function isAnswer(result: unknown): boolean {
  return typeof Response !== "undefined" && result instanceof Response;
}

/** Says of tasks that they have been in the middle of a cancel for long. */
export function reportSlowCancels(loop: BaseEventLoop, tasks: readonly Task<unknown>[]): void {
  for (const task of tasks) {
    if (task.done()) continue;
    const cancel = cancelOf(task);
    // In debug mode that was told at once.
    if (cancel?.isTold === true && !owesCancel(task)) continue;
    const why = owesCancel(task)
      ? "It awaits a promise of the host, which a cancel cannot end. Await that by fromPromise(), whose wait it ends"
      : "It has caught the CancelledError and gone on, or its cleanup takes that long. Throw the error on, or take the cancel back by uncancel()";
    loop.logger.warn(
      `${task} was cancelled${
        cancel === undefined ? "" : ` by ${whoseCancel(cancel)}`
      }, and has not ended since then. ${why}.` +
        linesOf(cancel),
    );
  }
}
