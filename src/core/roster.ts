/**
 * What comes and goes quickly, in the order in which it came.
 *
 * @module
 */

/** Where an item stands in a {@linkcode Roster}; its holder takes it out by this. */
export interface Place<T> {
  readonly item: T;
  before: Place<T> | null;
  after: Place<T> | null;
}

/**
 * A list from which an item is taken by its place. A Set that is never empty for long is made anew again and again as it is used, and each old
 * one still refers to all that was in it then, and to the next: V8 takes the whole chain for alive until it looks at all of its memory. With 50
 * requests in flight that kept 30 MB of garbage and cost half the time of a server.
 */
export class Roster<T> {
  #first: Place<T> | null = null;
  #last: Place<T> | null = null;
  #size = 0;

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item at the end. */
  add(item: T): Place<T> {
    const last = this.#last;
    const place: Place<T> = { item, before: last, after: null };
    if (last === null) this.#first = place;
    else last.after = place;
    this.#last = place;
    this.#size++;
    return place;
  }

  /** Takes out what is at a place; gives false if it is out already. */
  remove(place: Place<T>): boolean {
    const { before, after } = place;
    if (before === null && this.#first !== place) return false;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    place.before = place.after = null;
    this.#size--;
    return true;
  }

  /** What came first of all that are left. */
  first(): Place<T> | null {
    return this.#first;
  }

  /** All of them, those that came first in front. */
  toArray(): T[] {
    const items: T[] = [];
    for (let place = this.#first; place !== null; place = place.after) items.push(place.item);
    return items;
  }
}
