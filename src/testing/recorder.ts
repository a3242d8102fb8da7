/**
 * Notes what a loop runs, as text.
 *
 * @module
 */
import type { Runnable } from "../core/contract.ts";
import { taskOfEntry } from "../core/internal.ts";
import { callbackOfEntry, stateOf } from "../core/lazy_internal.ts";
import { describeCallable } from "../core/repr.ts";
import type { Task } from "../core/task.ts";

const HOW_IT_ENDED = { pending: "", resolved: " returns", failed: " fails", cancelled: " is cancelled" } as const;

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

  /** The name that it was given, or else `main` or `task-N`: the numbers of `getName()` go on through the whole process. */
  name(task: Task<unknown>): string {
    const id = this.id(task);
    const name = task.getName();
    if (!/^Task-\d+$/.test(name)) return name;
    return id === 0 ? "main" : `task-${id}`;
  }
}

/** The events of one run in their order, up to the end of main: the steps of tasks, which of them were the last, and callbacks. */
export class Recorder {
  readonly #names: TaskNames;
  readonly #lines: string[] = [];
  /** The first task, with whose end all ends that belongs to the program. */
  #main: Task<unknown> | null = null;
  /** The task whose step was noted last. */
  #task: Task<unknown> | null = null;

  /** Before which others that was. */
  #before = "";

  constructor(names: TaskNames) {
    this.#names = names;
  }

  /** Notes what runs next. `passed` has the names of the tasks that it comes before, though they were ready first. */
  note(time: number, entry: Runnable, passed: readonly string[] = []): void {
    this.#finish();
    if (this.#main?.done() === true) return;
    const task = taskOfEntry(entry);
    if (task !== null) {
      this.#main ??= task;
      this.#task = task;
      this.#before = passed.length === 0 ? "" : ` before ${passed.join(", ")}`;
      this.#lines.push(`${format(time)}  ${this.#names.name(task)}`);
      return;
    }
    const callback = callbackOfEntry(entry);
    if (callback !== null) this.#lines.push(`${format(time)}  callback ${describeCallable(callback)}`);
  }

  /** Whether the last step of a task has ended it is known when the next one begins. */
  #finish(): void {
    if (this.#task === null) return;
    this.#lines[this.#lines.length - 1] += HOW_IT_ENDED[stateOf(this.#task)] + this.#before;
    this.#task = null;
  }

  /** All that was noted, a line for each event. */
  text(): string {
    this.#finish();
    return this.#lines.join("\n");
  }
}

function format(time: number): string {
  return `${Number(time.toFixed(3))} ms`.padStart(10);
}
