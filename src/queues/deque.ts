/**
 * A double-ended queue in a ring buffer.
 *
 * @module
 */

/** Items that are added at the back and taken at the front, or put back there, each at a constant cost. */
export class Deque<T> {
  /** A power of two long, so that a mask wraps an index. */
  #items: (T | undefined)[] = new Array(8);
  #head = 0;
  /** How many items there are. */
  length = 0;

  /** Adds at the back. */
  push(item: T): void {
    if (this.length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.length++) & (this.#items.length - 1)] = item;
  }

  /** Adds at the front. */
  unshift(item: T): void {
    if (this.length === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.length++;
  }

  /** Takes from the front; there must be an item. */
  shift(): T {
    const item = this.#items[this.#head] as T;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    if (--this.length === 0 && this.#items.length > 1024) {
      // A burst is over; its memory need not stay.
      this.#items = new Array(8);
      this.#head = 0;
    }
    return item;
  }

  /** The items from front to back. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T;
  }

  #grow(): void {
    const items = [...this] as (T | undefined)[];
    items.length *= 2;
    this.#items = items;
    this.#head = 0;
  }
}
