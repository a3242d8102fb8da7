/**
 * The unfinished tasks of a loop.
 *
 * @module
 */
import type { AnyTask } from "./contract.ts";

/**
 * A list that runs through the tasks themselves. It holds them strongly, so that none can vanish, and costs two slots in
 * each where a set would cost an entry.
 *
 * It is no `NodeList`: the code of that serves objects of many shapes, and a task that is made and ends would cost a twentieth more on V8.
 */
export class TaskList {
  #first: AnyTask | null = null;
  #last: AnyTask | null = null;

  /** Adds a task at the end. */
  add(task: AnyTask): void {
    const last = this.#last;
    task._previous = last;
    if (last === null) this.#first = task;
    else last._next = task;
    this.#last = task;
  }

  /** Takes a task out; one that is not there any more, since nobody waits for its end, stays out. */
  remove(task: AnyTask): void {
    const { _previous: previous, _next: next } = task;
    if (previous === null) {
      if (this.#first !== task) return;
      this.#first = next;
    } else {
      previous._next = next;
    }
    if (next === null) this.#last = previous;
    else next._previous = previous;
    task._previous = task._next = null;
  }

  /** All of them, first made first. */
  toSet(): Set<AnyTask> {
    const tasks = new Set<AnyTask>();
    for (let task = this.#first; task !== null; task = task._next) tasks.add(task);
    return tasks;
  }
}
