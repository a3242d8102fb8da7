/**
 * Tasks that carry the AsyncLocalStorage of others.
 *
 * @module
 */
import { type Snapshot, takeSnapshot } from "./async_storage.ts";
import { Task } from "./task.ts";

/** A task whose every step runs with each AsyncLocalStorage of the program; requests take hooks in its place, see `task_hooks.ts`. */
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
