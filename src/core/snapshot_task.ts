/**
 * Tasks that carry the AsyncLocalStorage of others.
 *
 * @module
 */
import { type Snapshot, takeSnapshot } from "./async_storage.ts";
import { runningLoops } from "./current.ts";
import { runningTask } from "./running.ts";
import { Task } from "./task.ts";
import type { CreateTaskOptions } from "./task_options.ts";

/**
 * A task whose every step runs with each AsyncLocalStorage of the program as it was when the task was made. A class of
 * its own, so that the steps of other tasks do not even ask.
 */
export class SnapshotTask<T> extends Task<T> {
  /** @internal Only declared: an initial value would overwrite what the constructor of the base class has led to. */
  declare _snapshot: Snapshot | undefined;

  /** @internal An eager first step is in the right storage as it is, and is most often the last one. */
  override _begin(eager: boolean): void {
    super._begin(eager);
    // The step may have set one already.
    if (!this.done()) this._snapshot ??= takeSnapshot();
  }

  /** @internal */
  override _carriesStorage(): boolean {
    return true;
  }

  /** @internal */
  override _run(): void {
    const snapshot = this._snapshot;
    if (snapshot === undefined) super._run();
    else snapshot(() => super._run());
  }
}

let expected = false;

/** Whether there may be a task of the kind: until then nobody looks for one. */
export function anySnapshots(): boolean {
  return expected;
}

/** There will be such tasks; loops that run already are told. */
export function expectSnapshots(): true {
  if (!expected) { for (const loop of runningLoops()) loop._mayKeepStorage = true; }
  return expected = true;
}

/** The class of task that some options ask for, or else the loop, or the task in which it is made: its children are like it. */
export function taskClass(options: CreateTaskOptions | undefined, byDefault: boolean): typeof Task {
  const keeps = options?.asyncLocalStorage ?? (byDefault || runningTask() instanceof SnapshotTask);
  if (!keeps) return Task;
  expectSnapshots();
  return SnapshotTask as typeof Task;
}
