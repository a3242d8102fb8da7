/**
 * The time that each request has.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";
import type { RequestTask } from "./request_task.ts";

/**
 * The deadlines of a server's requests. All have the same time, so they are over in the order in which they began: one timer is
 * enough for all of them, and a request that ends in time costs an entry in a set.
 */
export class Deadlines {
  readonly #loop: BaseEventLoop;
  readonly #time: number;
  readonly #tasks = new Set<RequestTask>();
  #timer: TimerHandle | null = null;

  constructor(loop: BaseEventLoop, time: number) {
    this.#loop = loop;
    this.#time = time;
  }

  /** The time of a request begins. */
  add(task: RequestTask): void {
    task._deadline = this.#loop.time() + this.#time;
    this.#tasks.add(task);
    this.#timer ??= this.#loop.callAt(task._deadline, this.#pass);
  }

  /** A request is over. The timer stays until it is due, for there may be another request by then. */
  remove(task: RequestTask): void {
    this.#tasks.delete(task);
  }

  /** The server has closed. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#tasks.clear();
  }

  readonly #pass = (): void => {
    this.#timer = null;
    const now = this.#loop.time();
    for (const task of this.#tasks) {
      if (task._deadline > now) {
        this.#timer = this.#loop.callAt(task._deadline, this.#pass);
        return;
      }
      this.#tasks.delete(task);
      task._timeOut();
    }
  };
}
