/**
 * Tasks that go on after a cancel.
 *
 * @module
 */
import type { Timed } from "../core/contract.ts";
import { scheduleAt, unfinishedTasks } from "../core/internal.ts";
import type { Task } from "../core/task.ts";
import type { HostLoop } from "./host_loop.ts";

/** How many looks find a task in the middle of a cancel before it is told. */
const CHECKS_BEFORE_REPORT = 4;

/** Looks now and then, from the first cancel on until no task is in the middle of one, for those that have been for long. */
export class SlowCancels implements Timed {
  _when = 0;
  _order = 0;
  _scheduled = false;
  readonly #loop: HostLoop;
  readonly #tell: (tasks: readonly Task<unknown>[]) => void;
  /** Those that are in the middle of a cancel, and how many looks have found them so. */
  #found = new Map<Task<unknown>, number>();
  readonly #told = new WeakSet<Task<unknown>>();
  #looks = false;

  constructor(loop: HostLoop, tell: (tasks: readonly Task<unknown>[]) => void) {
    this.#loop = loop;
    this.#tell = tell;
  }

  /** A task is about to be cancelled. If it has taken back all cancels before, this one is another. */
  start(task: Task<unknown>): void {
    if (task.cancelling() === 0) this.#found.delete(task);

    if (!this.#looks) this.#lookLater();
  }

  get _owner(): null {
    return null;
  }

  _isCancelled(): boolean {
    return false;
  }

  /** A look. */
  _run(): void {
    this.#looks = false;
    const before = this.#found;
    const found = this.#found = new Map<Task<unknown>, number>();
    const slow: Task<unknown>[] = [];
    for (const task of unfinishedTasks(this.#loop)) {
      if (task.cancelling() === 0 || this.#told.has(task)) continue;
      const looks = (before.get(task) ?? 0) + 1;
      if (looks < CHECKS_BEFORE_REPORT) found.set(task, looks);
      else slow.push(task);
    }
    for (const task of slow) this.#told.add(task);
    if (slow.length > 0) this.#tell(slow);
    if (found.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    const loop = this.#loop;
    // It may be NaN as well.
    if (!(loop.slowCancelDuration < Infinity) || loop.isClosed()) return;
    this.#looks = true;
    scheduleAt(loop, this, loop.time() + loop.slowCancelDuration / CHECKS_BEFORE_REPORT);
  }

  /** Readable form: to the loop it is a timer like others. */
  toString(): string {
    return "<look for slow cancels>";
  }
}
