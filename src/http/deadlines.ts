/**
 * The time that each request has.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";
import { LinkedList } from "../core/linked_list.ts";
import type { RequestTask } from "./request_task.ts";

/**
 * The deadlines of a server's requests. All have the same time, so they are over in the order in which they began: one timer is
 * enough for all of them, and a request that ends in time costs an entry in a list.
 */
export class Deadlines {
  readonly #loop: BaseEventLoop;
  readonly #time: number;
  readonly #tasks = new LinkedList<RequestTask>();
  #timer: TimerHandle | null = null;

  constructor(loop: BaseEventLoop, time: number) {
    this.#loop = loop;
    this.#time = time;
  }

  /** The time of a request begins. */
  add(task: RequestTask): void {
    task._deadline = this.#loop.time() + this.#time;
    task._timedPlace = this.#tasks.add(task);
    this.#timer ??= this.#loop.callAt(task._deadline, this.#pass);
  }

  /** A request is over. The timer stays until it is due, for there may be another request by then. */
  remove(task: RequestTask): void {
    if (task._timedPlace !== null) this.#tasks.remove(task._timedPlace);
    task._timedPlace = null;
  }

  /** The server has closed. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const task of this.#tasks.toArray()) this.remove(task);
  }

  readonly #pass = (): void => {
    this.#timer = null;
    const now = this.#loop.time();
    for (let place = this.#tasks.first(); place !== null; place = this.#tasks.first()) {
      const task = place.item;
      if (task._deadline > now) {
        this.#timer = this.#loop.callAt(task._deadline, this.#pass);
        return;
      }
      this.remove(task);
      task._timeOut();
    }
  };
}
