/**
 * The tasks that were made in the context of a request.
 *
 * @module
 */
import { describeBriefly, isUnread, loopOf, markRead, storedIn } from "../core/internal.ts";
import { hasFailed } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";

/** How many tasks a request starts before those that are done are forgotten. */
const FEW = 16;

/** Knows the tasks of a request while they run, and those of which somebody has still to be told. */
export class RequestTasks {
  /** The task that handles the request. */
  readonly #handler: Task<unknown>;
  #tasks: Task<unknown>[] = [];
  /** Beside each task the one that has made it. */
  #makers: (Task<unknown> | null)[] = [];
  #pruneAt = FEW;

  constructor(handler: Task<unknown>) {
    this.#handler = handler;
  }

  /** How many are known; some may be done. */
  get size(): number {
    return this.#tasks.length;
  }

  /** A task was made, by another one or by a callback. */
  add(task: Task<unknown>, maker: Task<unknown> | null): void {
    if (this.#tasks.length >= this.#pruneAt) this.#prune();
    this.#tasks.push(task);
    this.#makers.push(maker);
  }

  /** The tasks that run, each with the one that has made it. */
  running(): Map<Task<unknown>, Task<unknown> | null> {
    const running = new Map<Task<unknown>, Task<unknown> | null>();
    this.#tasks.forEach((task, index) => {
      if (!task.done()) running.set(task, this.#makers[index] ?? null);
    });
    return running;
  }

  /** Reports those that have failed unheard, and returns those that are not done: the request ends, and they end with it. */
  takeUnfinished(): Task<unknown>[] {
    for (const task of this.#tasks) if (task.done()) this.#report(task);
    this.#prune();
    return [...this.#tasks];
  }

  /** Nobody can ask any more why a task of the request has failed, so the exception handler is told, unless somebody has asked. */
  #report(task: Task<unknown>): void {
    if (!hasFailed(task) || !isUnread(task)) return;
    markRead(task);
    const message = `${
      describeBriefly(task)
    }, which ${this.#handler.getName()} had started, failed and nobody asked for its result`;
    loopOf(task).callExceptionHandler({ message, exception: storedIn(task), task });
  }

  /** Forgets tasks that are done. One whose error nobody has read is kept: the end of the request reports it. */
  #prune(): void {
    const makers = this.#makers;
    const keeps = (task: Task<unknown>): boolean => !task.done() || isUnread(task);
    this.#makers = makers.filter((_, index) => keeps(this.#tasks[index] as Task<unknown>));
    this.#tasks = this.#tasks.filter(keeps);
    this.#pruneAt = Math.max(FEW, 2 * this.#tasks.length);
  }
}
