/**
 * The two lists of the core: a ring of what is ready, and a list whose entries carry their own links.
 *
 * @module
 */
import type { AnyTask } from "./contract.ts";

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
    if (this.#length === 0) this.shrink();
    return item;
  }

  /** A ring that was long gives its memory back; it must be empty. */
  shrink(): void {
    if (this.#mask >= KEPT) this.clear();
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

/** What stands in a {@linkcode NodeList}. It stands in one at a time. */
export interface ListNode<N> {
  /** Who came before it. */
  before: N | null;
  /** Who came after it. */
  after: N | null;
}

/** A list that runs through its nodes: nothing is allocated, and a node is taken out in the same time wherever it stands. */
export class NodeList<N extends ListNode<N>> {
  #first: N | null = null;
  #last: N | null = null;
  #size = 0;

  /** How many nodes there are. */
  get size(): number {
    return this.#size;
  }

  /** What came first of all that are left. */
  first(): N | null {
    return this.#first;
  }

  /** What came last. */
  last(): N | null {
    return this.#last;
  }

  /** Adds a node at the end. */
  push(node: N): void {
    const last = this.#last;
    node.before = last;
    node.after = null;
    if (last === null) this.#first = node;
    else last.after = node;
    this.#last = node;
    this.#size++;
  }

  /** Takes a node out; returns false if it is out already. */
  remove(node: N): boolean {
    const { before, after } = node;
    if (before === null && this.#first !== node) return false;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    node.before = node.after = null;
    this.#size--;
    return true;
  }
}

/** An item in a {@linkcode LinkedList}, by which its holder takes it out. */
export interface ListEntry<T> extends ListNode<ListEntry<T>> {
  readonly item: T;
}

/**
 * The same for items that have no place for their neighbours, or stand in several lists.
 *
 * In place of a Set: one that is never empty for long is made anew again and again as it is used, and each old one still refers to all that
 * was in it then, and to the next, so that V8 takes the whole chain for alive until it looks at all of its memory. A busy server spent half
 * its time on that.
 */
export class LinkedList<T> extends NodeList<ListEntry<T>> {
  /** Adds an item at the end. */
  add(item: T): ListEntry<T> {
    const entry: ListEntry<T> = { item, before: null, after: null };
    this.push(entry);
    return entry;
  }

  /** All of them, those that came first in front. */
  toArray(): T[] {
    const items: T[] = [];
    for (let entry = this.first(); entry !== null; entry = entry.after) items.push(entry.item);
    return items;
  }
}

/**
 * A list that runs through the tasks themselves. It holds them strongly, so that none can vanish, and costs two slots in
 * each where a set would cost an entry.
 *
 * It is no `NodeList`: the code of that serves objects of many shapes, and a task that is made and ends would cost a twentieth more on V8.
 */
export class TaskList {
  #first: AnyTask | null = null;
  #last: AnyTask | null = null;

  /** Adds a task at the end. */
  add(task: AnyTask): void {
    const last = this.#last;
    task._previous = last;
    if (last === null) this.#first = task;
    else last._next = task;
    this.#last = task;
  }

  /** Takes a task out; one that is not there any more, since nobody waits for its end, stays out. */
  remove(task: AnyTask): void {
    const { _previous: previous, _next: next } = task;
    if (previous === null) {
      if (this.#first !== task) return;
      this.#first = next;
    } else {
      previous._next = next;
    }
    if (next === null) this.#last = previous;
    else next._previous = previous;
    task._previous = task._next = null;
  }

  /** All of them, first made first. */
  toSet(): Set<AnyTask> {
    const tasks = new Set<AnyTask>();
    for (let task = this.#first; task !== null; task = task._next) tasks.add(task);
    return tasks;
  }
}
