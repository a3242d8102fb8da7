/**
 * How the cancel of a task reaches what the task waits for.
 *
 * @module
 */
import type { AnyFuture, AnyTask, Parkable, Stepper } from "./contract.ts";
import { CancelledError } from "./cancelled_error.ts";
import { isAsync, lastAwait } from "./current.ts";
import { HAS_SIGNAL, MUST_CANCEL, MUST_THROW } from "./step.ts";
import { abortSignalOf } from "./task_options.ts";

/**
 * Cancels a task that is not done, by way of what it waits for.
 *
 * What it waits for is cancelled, and the end of that comes back to it as a CancelledError. If there is no such thing, or it cannot be
 * cancelled, the task is owed the cancel: it is thrown at its next step.
 *
 * A task that waits for another one is a link of a chain, and the last task of that is the one to throw at. Async code that awaits one thing is
 * passed through on the way; where it awaits several things, the chain ends, and `AsyncCode.cancel()` cancels them all. Chains can be 100,000 tasks
 * long, so they are followed in a loop and not recursed into.
 *
 * A chain that bites its own tail is a ring, of which no task would ever wake another. It is noticed by Brent's method: the hare meets a
 * tortoise that jumps ahead ever more rarely. Then the ring is broken there: that task waits for nothing any more, and is thrown at.
 * Rings of which a link is one of several awaits are found by the code that has these, see `leadsTo()`.
 */
export function cancelTask(cancelled: AnyTask, message: string | undefined): void {
  const { _onCancel } = cancelled._loop;
  if (_onCancel !== null) _onCancel(cancelled);
  let task = cancelled;
  let tortoise = cancelled;
  let before: AnyTask | null = null;
  for (let steps = 1, jump = 2;; steps++) {
    task._requests++;
    if ((task._flags & HAS_SIGNAL) !== 0) abortSignalOf(task, message);
    const link = lastAwait(task._waiter);
    const awaited = link === null ? task._waiter : link.awaited;
    const next = awaited?._root;
    if (next === tortoise) {
      if (link !== null) return link.breakOff(message);
      owe(task, message);
      return stopWaitingFor(task, tortoise);
    }
    if (next === undefined || next.done()) {
      if (task._waiter?.cancel(message)) return;
      owe(task, message);
      // In the midst of its last step, where but for itself only the host comes by, it may fail and hear of nothing: whoever awaits it is owed it
      // as well.
      if (isAsync(awaited) && awaited.isInterrupted()) before?._inherit(message, 0);
      return;
    }
    if (steps === jump) {
      tortoise = task;
      jump *= 2;
    }
    next._unread = false;
    if (link !== null) abortSignalsBetween(task, message);
    before = task;
    task = next;
  }
}

/** The task is owed the cancel, and remembers its message. */
function owe(task: AnyTask, message: string | undefined): void {
  oweCancel(task, message);
  noteCancelMessage(task, message);
}

/** A cancel is to be thrown at the next step of a task or strand, in place of an error of misuse that waits. */
export function oweCancel(stepper: Stepper, message: string | undefined): void {
  stepper._flags = (stepper._flags & ~MUST_THROW) | MUST_CANCEL;
  stepper._value = message;
}

/** Takes the cancel that a task or strand itself is owed: the error to throw for it. */
export function takeOwnCancel(stepper: Stepper): CancelledError | undefined {
  if ((stepper._flags & MUST_CANCEL) === 0) return undefined;
  const message = stepper._value as string | undefined;
  dropOwnCancel(stepper);
  return new CancelledError(message);
}

/** A cancel that has not been delivered is taken back. */
export function forgetCancel(stepper: Stepper): void {
  if ((stepper._flags & MUST_CANCEL) !== 0) dropOwnCancel(stepper);
  stepper._waiter?.forgetCancel?.();
}

/** A task that is owed a cancel waits: that ends the wait, if it can. */
export function deliverOwed(task: AnyTask, waiter: Parkable): void {
  // A function is in its first step, and what is owed is for what it awaits.
  if (isAsync(waiter)) return;
  if (waiter.cancel(task._value as string | undefined)) dropOwnCancel(task);
}

function dropOwnCancel(stepper: Stepper): void {
  stepper._flags &= ~MUST_CANCEL;
  stepper._value = undefined;
}

function stopWaitingFor(task: AnyTask, awaited: AnyTask): void {
  awaited._removeWaiter(task);
  task._waiter = null;
  task._loop._schedule(task);
}

/** Aborts the signals of the strands by which a task waits for another one. */
function abortSignalsBetween(task: AnyTask, message: string | undefined): void {
  for (let waiter: Parkable | null = task._waiter; isAsync(waiter);) {
    const only = waiter.onlyAwait();
    if (only === null) return;
    only.cancelPasses(message);
    waiter = only.awaited;
  }
}

/**
 * The messages of cancels that tasks have had. A gather that is cancelled says so with the message that its last child was cancelled with,
 * even if that child went on and returned: CPython's tasks remember it for this alone. Few cancels have a message, and a field in every task
 * would cost them all, so it is kept aside.
 */
const messages = new WeakMap<AnyFuture, string>();

/** Notes the message of a cancel that will be thrown at the task's next step; the last one counts. */
export function noteCancelMessage(task: AnyTask, message: string | undefined): void {
  if (message === undefined) messages.delete(task);
  else messages.set(task, message);
}

/** The message of the last cancel that was thrown at a step of a future, if it is a task and there was one. */
export function lastCancelMessage(future: AnyFuture): string | undefined {
  return messages.get(future);
}
