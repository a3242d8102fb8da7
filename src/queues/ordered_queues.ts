/**
 * Queues that take their items in another order: the smallest first, or the last that came. How items are compared, and their heap.
 *
 * @module
 */
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind, describeValue } from "../core/repr.ts";
import { Queue } from "./queue.ts";

/**
 * The options of {@linkcode PriorityQueue}.
 *
 * @category Queues
 */
export interface PriorityQueueOptions<T> {
  /** Returns a number less than zero if `a` comes before `b`, as for `Array.prototype.sort`. By default items have their natural order. */
  readonly compare?: ((a: T, b: T) => number) | undefined;
}

const NAMES: OptionNames<PriorityQueueOptions<unknown>> = { compare: "function" };

/**
 * A queue that returns the smallest item first. Items are numbers, bigints, strings (by code unit), or arrays of these,
 * which are compared element by element: `[priority, number, job]`, where a number that grows with each item keeps
 * equal priorities in order and jobs from being compared. Or any items at all, with a function that compares them. The
 * order of equal items is the one of Python's `heapq`.
 *
 * An item without any order, such as an object or NaN, is refused with a TypeError when it is put in. Two arrays that
 * differ first in elements without an order cause a TypeError when the queue compares them, as in CPython. That may be
 * when an item is taken out.
 *
 * @example The most urgent first
 * ```ts
 * import { PriorityQueue } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new PriorityQueue<{ name: string; urgency: number }>(0, { compare: (a, b) => b.urgency - a.urgency });
 * queue.putNowait({ name: "tea", urgency: 1 });
 * queue.putNowait({ name: "fire", urgency: 9 });
 * assertEquals(queue.getNowait().name, "fire");
 * ```
 *
 * @category Queues
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #heap: T[] = [];
  readonly #before: Before<T>;
  readonly #natural: boolean;

  /**
   * Makes a queue that holds at most `maxsize` items; zero or less means no limit. The default is 0.
   *
   * @throws {TypeError} if the size is not a number, or `compare` not a function
   * @throws {RangeError} if the size is not a whole number; Infinity is allowed
   */
  constructor(maxsize = 0, options: PriorityQueueOptions<T> = {}) {
    super(maxsize);
    checkOptions(options, "new PriorityQueue", NAMES);
    const { compare } = options;
    this.#natural = compare === undefined;
    this.#before = compare === undefined ? comesBefore : (a, b) => compare(a, b) < 0;
  }

  /** How many items it holds. */
  override qsize(): number {
    return this.#heap.length;
  }

  /**
   * Stores an item in its place.
   *
   * @throws {TypeError} if it cannot be compared with others that the queue holds
   */
  protected override storeItem(item: T): void {
    if (this.#natural) {
      checkOrdered(item);
      // It is compared with some of the items only. This one decides about its kind, which all share.
      if (this.#heap.length > 0) comesBefore(item, this.#heap[0]);
    }
    heapPush(this.#heap, item, this.#before);
  }

  /**
   * Removes the smallest item.
   *
   * @throws {TypeError} if two items cannot be compared; the queue is unchanged then
   */
  protected override takeItem(): T {
    return heapPop(this.#heap, this.#before);
  }

  /** The items as the heap keeps them, the smallest first. */
  protected override listItems(): Iterable<T> {
    return this.#heap;
  }
}

/** Whether one item comes before another. If it throws, the heap is unchanged. */
export type Before<T> = (a: T, b: T) => boolean;

/** Adds an item: it rises from the last place past every parent that it comes before. */
export function heapPush<T>(heap: T[], item: T, before: Before<T>): void {
  // All comparisons are made first, since one may throw.
  let place = heap.length;
  while (place > 0 && before(item, heap[(place - 1) >> 1] as T)) place = (place - 1) >> 1;
  heap.push(item);
  for (let at = heap.length - 1; at > place;) {
    const parent = (at - 1) >> 1;
    heap[at] = heap[parent] as T;
    at = parent;
  }
  heap[place] = item;
}

/**
 * Removes the first item; there must be one. The last item takes its place and does not just sink: the hole goes down
 * to a leaf past the smaller children (the right one if neither comes before the other), and from there the item rises.
 * This takes fewer comparisons, and decides the order of equal items.
 */
export function heapPop<T>(heap: T[], before: Before<T>): T {
  const end = heap.length - 1;
  const first = heap[0] as T;
  const item = heap[end] as T;
  const path = [0];
  for (let at = 0, child = 1; child < end; child = 2 * at + 1) {
    const right = child + 1;
    if (right < end && !before(heap[child] as T, heap[right] as T)) child = right;
    path.push(at = child);
  }
  let level = path.length - 1;
  while (level > 0 && before(item, heap[path[level] as number] as T)) level--;
  heap.pop();
  if (end === 0) return first;
  for (let i = 1; i <= level; i++) heap[path[i - 1] as number] = heap[path[i] as number] as T;
  heap[path[level] as number] = item;
  return first;
}

/**
 * Whether `a` comes before `b`: numbers and bigints by value, strings by code unit, arrays by their first elements that
 * differ, and a shorter array before a longer one that begins with it.
 *
 * @throws {TypeError} if they cannot be compared
 */
export function comesBefore(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      if (!isSame(a[i], b[i])) return comesBefore(a[i], b[i]);
    }
    return a.length < b.length;
  }
  if (isNumeric(a) && isNumeric(b)) return a < b;
  if (typeof a === "string" && typeof b === "string") return a < b;
  throw notOrdered(a, b);
}

/** The error for two values that have no order. */
export function notOrdered(a: unknown, b: unknown): TypeError {
  return new TypeError(
    `Cannot order ${describeKind(a)} and ${
      describeKind(b)
    }: a PriorityQueue compares numbers, strings, or arrays of them. ` +
      "Put [priority, number, item] in, with another number each time, or make the queue with a compare function.",
  );
}

/** Refuses a value that cannot be compared even with itself, so that a queue refuses it as its first item as well. */
export function checkOrdered(item: unknown): void {
  const ordered = typeof item === "string" || isNumeric(item) || Array.isArray(item);
  if (!ordered || item !== item) {
    throw new TypeError(
      `Cannot put ${describeKind(item)} into a PriorityQueue: ${describeValue(item)} has no place in an order. ` +
        "Put numbers, strings or arrays in, or make the queue with a compare function.",
    );
  }
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return a == b;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((element, i) => isSame(element, b[i]));
}

/**
 * A queue that returns the latest item first: a stack.
 *
 * @example The latest first
 * ```ts
 * import { LifoQueue } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new LifoQueue<string>();
 * queue.putNowait("first");
 * queue.putNowait("second");
 * assertEquals(queue.getNowait(), "second");
 * ```
 *
 * @category Queues
 */
export class LifoQueue<T> extends Queue<T> {
  readonly #stack: T[] = [];

  /** How many items it holds. */
  override qsize(): number {
    return this.#stack.length;
  }

  /** Stores an item on top. */
  protected override storeItem(item: T): void {
    this.#stack.push(item);
  }

  /** Removes the item on top. */
  protected override takeItem(): T {
    return this.#stack.pop() as T;
  }

  /** The items, the one on top last. */
  protected override listItems(): Iterable<T> {
    return this.#stack;
  }
}
