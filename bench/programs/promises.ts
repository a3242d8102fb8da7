/**
 * What one writes by hand where there are only promises.
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

/** The same with one place, for one that puts and one that gets. */
export class OnePlace<T> {
  #item: T | null = null;
  #putting: (() => void) | null = null;
  #getting: (() => void) | null = null;

  /** Puts an item once the place is free. */
  async put(item: T): Promise<void> {
    while (this.#item !== null) await new Promise<void>((resolve) => this.#putting = resolve);
    this.#item = item;
    this.#getting?.();
    this.#getting = null;
  }

  /** Takes the item once there is one. */
  async get(): Promise<T> {
    while (this.#item === null) await new Promise<void>((resolve) => this.#getting = resolve);
    const item = this.#item;
    this.#item = null;
    this.#putting?.();
    this.#putting = null;
    return item;
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
