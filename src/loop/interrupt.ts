/**
 * What Ctrl-C does to a running main task.
 *
 * @module
 */
import type { Task } from "../core/task.ts";
import type { EventLoop } from "./event_loop.ts";

/** Milliseconds: one Ctrl-C reaches a program up to three times in a row when a task runner or npx stands between. */
export const SAME_KEY = 200;

/** The exit code of a program that SIGINT ended. */
export const INTERRUPTED = 130;

/** The first SIGINT cancels the main task; a later one ends the process. */
export class Interrupt {
  readonly #loop: EventLoop;
  readonly #task: Task<unknown>;
  #first = -Infinity;
  #count = 0;

  constructor(loop: EventLoop, task: Task<unknown>) {
    this.#loop = loop;
    this.#task = task;
    loop.adapter.addSignalListener?.("SIGINT", this.#listener);
  }

  /** Whether a SIGINT has come. */
  get happened(): boolean {
    return this.#count > 0;
  }

  /** Stops listening. */
  remove(): void {
    this.#loop.adapter.removeSignalListener?.("SIGINT", this.#listener);
  }

  readonly #listener = (): void => {
    // Whoever handles SIGINT on this loop, such as a server that drains, has it to himself.
    if (this.#loop._signals.has("SIGINT")) return;
    const now = this.#loop.time();
    if (this.#count > 0 && now - this.#first < SAME_KEY) return;
    this.#count++;
    if (this.#count === 1) {
      this.#first = now;
      if (this.#task.cancel()) return;
    }
    this.#loop.adapter.exit?.(INTERRUPTED);
  };
}
