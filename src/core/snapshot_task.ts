/**
 * Tasks that carry the AsyncLocalStorage of others.
 *
 * @module
 */
import { type Snapshot, takeSnapshot } from "./async_storage.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { TaskSource } from "./coroutine.ts";
import { type CreateTaskOptions, Task } from "./task.ts";

/**
 * A task whose every step runs with each AsyncLocalStorage of the program as it was when the task was made. A class of
 * its own, so that the steps of other tasks do not even ask.
 */
export class SnapshotTask<T> extends Task<T> {
  // Taken at the first step if that is eager: the constructor of the base class has run it by then, in that very storage.
  #snapshot: Snapshot | undefined;

  constructor(source: TaskSource<T>, loop: BaseEventLoop, options: CreateTaskOptions) {
    super(source, loop, options);
    if (!this.done()) this.#snapshot = takeSnapshot();
  }

  /** @internal */
  override _run(): void {
    // In the eager first step the field does not exist yet.
    if (!(#snapshot in this) || this.#snapshot === undefined) super._run();
    else this.#snapshot(() => super._run());
  }
}
