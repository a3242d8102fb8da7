/**
 * Looking for tasks that have not ended long after their cancel.
 *
 * @module
 */
import type { AnyFuture, Timed } from "../core/contract.ts";
import { scheduleAt, unfinishedTasks } from "../core/internal.ts";
import { awaitersOf, isTask } from "../core/wait_graph.ts";
import type { Task } from "../core/task.ts";
import { type HostLoop, LOOKS_BEFORE_REPORT } from "../loop/host_loop.ts";
import { reportSlowCancels } from "./slow_cancels.ts";

/** What waits for one of these, also through others, as for the group that a task is in. */
function waitingFor(tasks: Iterable<AnyFuture>): Set<AnyFuture> {
  const found = new Set<AnyFuture>();
  const left = [...tasks];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const { awaiter } of awaitersOf(next)) {
      if (found.has(awaiter)) continue;
      found.add(awaiter);
      left.push(awaiter);
    }
  }
  return found;
}

/**
 * Those of the tasks that are in the middle of a cancel which only wait for another one of them: a cancel of a task reaches the tasks that it waits
 * for, and it cannot end before they have. In a ring nobody waits only.
 */
function onlyWaiting(cancelling: readonly Task<unknown>[]): ReadonlySet<Task<unknown>> {
  const all = cancelling as unknown as readonly AnyFuture[];
  const behind = waitingFor(all);
  const waiting = waitingFor(all.filter((task) => !behind.has(task)));
  return new Set([...waiting].filter(isTask)) as unknown as ReadonlySet<Task<unknown>>;
}

/** Looks now and then, from a cancel on until no task is in the middle of one, for those that have been for long. */
class SlowCancels implements Timed {
  _when = 0;
  _order = -1;
  readonly #loop: HostLoop;
  /** Those that are in the middle of a cancel, and how many looks have found them so. */
  #found = new Map<Task<unknown>, number>();
  readonly #told = new WeakSet<Task<unknown>>();
  #looks = false;

  constructor(loop: HostLoop) {
    this.#loop = loop;
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
    const cancelling = [...unfinishedTasks(this.#loop)].filter((task) => task.cancelling() > 0);
    const waiting = onlyWaiting(cancelling);
    for (const task of cancelling) {
      if (this.#told.has(task)) continue;
      // Its own time begins when what it waits for has ended.
      const looks = waiting.has(task) ? 0 : (before.get(task) ?? 0) + 1;
      if (looks < LOOKS_BEFORE_REPORT) found.set(task, looks);
      else slow.push(task);
    }
    for (const task of slow) this.#told.add(task);
    reportSlowCancels(this.#loop, slow);
    if (found.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    const loop = this.#loop;
    if (loop.slowCancelDuration === Infinity || loop.isClosed()) return;
    this.#looks = true;
    scheduleAt(loop, this, loop.time() + loop.slowCancelDuration / LOOKS_BEFORE_REPORT);
  }

  /** Readable form: to the loop it is a timer like others. */
  toString(): string {
    return "<look for slow cancels>";
  }
}

/** Looks for such tasks from now on, the first time at once; what is returned is to hear of each cancel. */
export function lookForSlowCancels(loop: HostLoop): { start(task: Task<unknown>): void } {
  const slowCancels = new SlowCancels(loop);
  slowCancels._run();
  return slowCancels;
}
