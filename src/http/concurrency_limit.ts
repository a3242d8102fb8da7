/**
 * How many requests a server handles at once, and how many may wait.
 *
 * @module
 */
import { LinkedList, type ListEntry } from "../core/linked_list.ts";
import type { RequestTask } from "./request_task.ts";

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
    next.item._beginLate();
  }

  /** A request does not wait any more. */
  remove(place: ListEntry<RequestTask>): void {
    this.#line.remove(place);
  }
}
