/**
 * The future of several others.
 *
 * A file of its own, for servers gather as well: a program that does not is bundled without it.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { lastCancelMessage } from "../core/cancel.ts";
import { CancelledError } from "../core/errors.ts";
import type { AnyTask, TaskCounter } from "../core/contract.ts";
import { noteMade } from "../core/current.ts";
import { Future } from "../core/future.ts";
import {
  callWhenDone,
  countTasks,
  errorOf,
  failWith,
  hasResult,
  markRead,
  needsAll,
  storedIn,
} from "../core/internal.ts";

/** The future that `gather` returns: cancelling it cancels the children, and it is done when they are. */
export class Gather extends Future<unknown[]> implements TaskCounter {
  /** Each of them once. */
  readonly #children: readonly Future<unknown>[];
  /** One entry for each argument. The same future may be in it twice, and is cancelled twice then. */
  readonly #arguments: Future<unknown>[];
  readonly #returnExceptions: boolean;
  #finished = 0;
  /** How many of the children are not done, if it counts them. */
  #running = 0;
  #cancelRequested = false;
  #cancelling = false;

  constructor(loop: BaseEventLoop, futures: Future<unknown>[], distinct: boolean, returnExceptions: boolean) {
    super(loop);
    if (loop.getDebug()) noteMade(this);
    this.#arguments = futures;
    this.#children = distinct ? futures : [...new Set(futures)];
    this.#returnExceptions = returnExceptions;
    needsAll(this as Future<unknown>, this.#children);
    this.#running = this.#children.length;
    if (countTasks(this.#children, this)) return;
    for (const child of this.#children) if (!child.done()) callWhenDone(child, this.#childDone, this);
    for (const child of this.#children) if (child.done()) this.#childDone(child);
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false;
    if (this.#cancelling) {
      // A child awaits this future, so neither would ever be done. The ring is broken here.
      failWith(this, new CancelledError(message));
      return true;
    }
    this.#cancelling = true;
    let accepted = false;
    for (const child of this.#arguments) accepted = child.cancel(message) || accepted;
    this.#cancelling = false;
    // It is done when the last child is; only then is it cancelled.
    if (accepted) this.#cancelRequested = true;
    return accepted;
  }

  /** Of the children that return, only the last is of any consequence. For each of them CPython has a callback, which does nothing but count. */
  taskEnded(child: AnyTask): void {
    const future = child as unknown as Future<unknown>;
    if (--this.#running > 0 && hasResult(future)) this.#finished++;
    else callWhenDone(future, this.#childDone, this);
  }

  override toString(): string {
    return super.toString().replace("Future", `gather ${this.#finished}/${this.#children.length}`);
  }

  readonly #childDone = (child: Future<unknown>): void => {
    this.#finished++;
    if (this.done()) {
      // It has the first error already; the others are taken as read.
      markRead(child);
      return;
    }
    if (!this.#returnExceptions && !hasResult(child)) {
      failWith(this, errorOf(child));
      return;
    }
    if (this.#finished < this.#children.length) return;
    const results = this.#arguments.map(outcome);
    if (this.#cancelRequested) failWith(this, this.#cancelError());
    else this.setResult(results);
  };

  #cancelError(): CancelledError {
    const last = this.#arguments[this.#arguments.length - 1] as Future<unknown>;
    if (last.cancelled()) return errorOf(last) as CancelledError;
    return new CancelledError(lastCancelMessage(last));
  }
}

/** A child's result, or its error in place of one. */
function outcome(child: Future<unknown>): unknown {
  if (hasResult(child)) return storedIn(child);
  if (!child.cancelled()) return errorOf(child);
  // The message of the cancel; a task that ended by letting one through keeps the error, which is not its own.
  const message = storedIn(child);
  return new CancelledError(message instanceof CancelledError ? "" : message as string | undefined);
}
