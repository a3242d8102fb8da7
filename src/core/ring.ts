/**
 * What comes at the back and goes at the front.
 *
 * @module
 */

/** Longer than this, a ring does not keep its memory once it is empty. */
const KEPT = 1024;

/**
 * A queue in a ring buffer that grows: no allocation for each item, no shifting. It is what a loop runs next, and what waits in a Queue; both at
 * once do not slow each other down on V8 or JavaScriptCore.
 */
export class Ring<T> {
  /** A power of two long, so that a mask wraps an index. */
  #items: (T | undefined)[];
  #mask: number;
  #head = 0;
  #length = 0;

  /** Makes a ring with room for so many items at first, a power of two. */
  constructor(room = 8) {
    this.#items = new Array(room).fill(undefined);
    this.#mask = room - 1;
  }

  /** How many items there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds an item at the back. */
  push(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#items[(this.#head + this.#length++) & this.#mask] = item;
  }

  /** Adds an item at the front. */
  unshift(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#head = (this.#head - 1) & this.#mask;
    this.#items[this.#head] = item;
    this.#length++;
  }

  /** The item at the front. */
  first(): T | undefined {
    return this.#items[this.#head];
  }

  /** The item before which so many others are; there must be one. */
  at(index: number): T {
    return this.#items[(this.#head + index) & this.#mask] as T;
  }

  /** Makes the item the first before which so many others are; those keep their order. */
  bringForward(index: number): void {
    const items = this.#items;
    const item = this.at(index);
    for (let i = index; i > 0; i--) items[(this.#head + i) & this.#mask] = items[(this.#head + i - 1) & this.#mask];
    items[this.#head] = item;
  }

  /** Forgets the item at the front. There must be one. */
  drop(): void {
    const head = this.#head;
    this.#items[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.#length--;
  }

  /** Takes the item at the front; there must be one. A ring that is empty then, and was long, gives its memory back. */
  shift(): T {
    const item = this.#items[this.#head] as T;
    this.drop();
    if (this.#length === 0 && this.#mask >= KEPT) this.clear();
    return item;
  }

  /** Forgets everything. */
  clear(): void {
    this.#items = new Array(8).fill(undefined);
    this.#mask = 7;
    this.#head = 0;
    this.#length = 0;
  }

  /** The items from front to back. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & this.#mask] as T;
  }

  #grow(): void {
    const old = this.#items;
    const size = old.length;
    const items = new Array<T | undefined>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) items[i] = old[(this.#head + i) & this.#mask];
    this.#items = items;
    this.#mask = size * 2 - 1;
    this.#head = 0;
  }
}
