/**
 * What a server limits of its requests: how long each may take, and how many are handled at once.
 *
 * @module
 */
import { LinkedList, type ListEntry } from "../core/linked_list.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";
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
    task.deadline = this.#loop.time() + this.#time;
    task.timedPlace = this.#tasks.add(task);
    this.#timer ??= this.#loop.callAt(task.deadline, this.#pass);
  }

  /** A request is over. The timer stays until it is due, for there may be another request by then. */
  remove(task: RequestTask): void {
    if (task.timedPlace !== null) this.#tasks.remove(task.timedPlace);
    task.timedPlace = null;
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
      if (task.deadline > now) {
        this.#timer = this.#loop.callAt(task.deadline, this.#pass);
        return;
      }
      this.remove(task);
      task.timeOut();
    }
  };
}

/** Counts the requests that run, and lines up others. */
export class ConcurrencyLimit {
  readonly #most: number;
  readonly #mostWaiting: number;
  /** In the order that they came. */
  readonly #line = new LinkedList<RequestTask>();
  #running = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Whether another request has to be sent away. */
  isFull(): boolean {
    return this.#running >= this.#most && this.#line.size >= this.#mostWaiting;
  }

  /** Null if a request may run now; else its place in the line, and it is told to begin when it is its turn. */
  enter(task: RequestTask): ListEntry<RequestTask> | null {
    if (this.#running >= this.#most) return this.#line.add(task);
    this.#running++;
    return null;
  }

  /** A request is over: its place is the next one's. */
  leave(): void {
    const next = this.#line.first();
    if (next === null) {
      this.#running--;
      return;
    }
    this.#line.remove(next);
    next.item.beginLate();
  }

  /** A request does not wait any more. */
  remove(place: ListEntry<RequestTask>): void {
    this.#line.remove(place);
  }
}
