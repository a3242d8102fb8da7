/**
 * What one writes by hand where there are only promises.
 *
 * @module
 */

/** The least that a queue of promises needs. */
export class PromiseQueue<T> {
  readonly #items: T[] = [];
  #first = 0;
  #waiting: ((item: T) => void) | null = null;

  /** Puts an item, or hands it to whoever waits. */
  put(item: T): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#items.push(item);
    else waiting(item);
  }

  /** Takes an item, or waits for one. */
  get(): Promise<T> {
    if (this.#first < this.#items.length) {
      const item = this.#items[this.#first++] as T;
      if (this.#first === this.#items.length) this.#items.length = this.#first = 0;
      return Promise.resolve(item);
    }
    return new Promise((resolve) => this.#waiting = resolve);
  }
}

/** The least that a lock of promises needs. */
export class PromiseLock {
  #held = false;
  readonly #waiting: (() => void)[] = [];

  /** Takes the lock, or waits for it. */
  acquire(): Promise<void> {
    if (this.#held) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#held = true;
    return Promise.resolve();
  }

  /** Gives it to the next one in the line. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next();
  }
}
