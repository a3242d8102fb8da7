/**
 * Notes what a loop runs, as text.
 *
 * @module
 */
import type { Runnable } from "../core/contract.ts";
import { callbackOfEntry, stateOf, taskOfEntry } from "../core/internal.ts";
import { describeCallable } from "../core/repr.ts";
import type { Task } from "../core/task.ts";
import type { TaskNames } from "./task_names.ts";

const ENDS = { pending: "", resolved: " returns", failed: " fails", cancelled: " is cancelled" } as const;

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
    this.#lines[this.#lines.length - 1] += ENDS[stateOf(this.#task)] + this.#before;
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
