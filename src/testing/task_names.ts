/**
 * Names of tasks that are the same in every run.
 *
 * @module
 */
import type { Task } from "../core/task.ts";

/** Numbers the tasks of one run in the order of their first steps, and names those that nobody has named by that. */
export class TaskNames {
  readonly #ids = new WeakMap<Task<unknown>, number>();
  #count = 0;

  /** The number of a task: 0 for the first that took a step, which is main. */
  id(task: Task<unknown>): number {
    let id = this.#ids.get(task);
    if (id === undefined) this.#ids.set(task, id = this.#count++);
    return id;
  }

  /** The name that somebody gave it, or else `main` or `task-N`: the numbers of `getName()` go on through the whole process. */
  name(task: Task<unknown>): string {
    const id = this.id(task);
    const name = task.getName();
    if (!/^Task-\d+$/.test(name)) return name;
    return id === 0 ? "main" : `task-${id}`;
  }
}
