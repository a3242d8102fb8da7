/**
 * How many requests a server handles at once, and how many may wait.
 *
 * @module
 */
import type { RequestTask } from "./request_task.ts";

/** Counts the requests that run, and lines up others. */
export class ConcurrencyLimit {
  readonly #most: number;
  readonly #mostWaiting: number;
  /** In the order that they came. */
  readonly #line = new Set<RequestTask>();
  #running = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Whether another request has to be sent away. */
  isFull(): boolean {
    return this.#running >= this.#most && this.#line.size >= this.#mostWaiting;
  }

  /** Whether a request may run now; else it is in the line, and told to begin when it is its turn. */
  enter(task: RequestTask): boolean {
    if (this.#running < this.#most) {
      this.#running++;
      return true;
    }
    this.#line.add(task);
    return false;
  }

  /** A request is over: its place is the next one's. */
  leave(): void {
    for (const next of this.#line) {
      this.#line.delete(next);
      next._beginLate();
      return;
    }
    this.#running--;
  }

  /** A request does not wait any more. */
  remove(task: RequestTask): void {
    this.#line.delete(task);
  }
}
