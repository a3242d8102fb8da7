/**
 * What comes and goes quickly, in the order in which it came.
 *
 * @module
 */

/** An item in a {@linkcode LinkedList}, by which its holder takes it out. */
export interface ListEntry<T> {
  readonly item: T;
  before: ListEntry<T> | null;
  after: ListEntry<T> | null;
}

/**
 * A list from which an item is taken by its entry, in the same time wherever that stands.
 *
 * In place of a Set: one that is never empty for long is made anew again and again as it is used, and each old one still refers to all that
 * was in it then, and to the next, so that V8 takes the whole chain for alive until it looks at all of its memory. A busy server spent half
 * its time on that.
 */
export class LinkedList<T> {
  #first: ListEntry<T> | null = null;
  #last: ListEntry<T> | null = null;
  #size = 0;

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item at the end. */
  add(item: T): ListEntry<T> {
    const last = this.#last;
    const entry: ListEntry<T> = { item, before: last, after: null };
    if (last === null) this.#first = entry;
    else last.after = entry;
    this.#last = entry;
    this.#size++;
    return entry;
  }

  /** Takes an item out; returns false if it is out already. */
  remove(entry: ListEntry<T>): boolean {
    const { before, after } = entry;
    if (before === null && this.#first !== entry) return false;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    entry.before = entry.after = null;
    this.#size--;
    return true;
  }

  /** What came first of all that are left. */
  first(): ListEntry<T> | null {
    return this.#first;
  }

  /** All of them, those that came first in front. */
  toArray(): T[] {
    const items: T[] = [];
    for (let entry = this.#first; entry !== null; entry = entry.after) items.push(entry.item);
    return items;
  }
}
