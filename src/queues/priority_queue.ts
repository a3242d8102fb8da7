/**
 * The smallest item first.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { type Before, heapPop, heapPush } from "./heap.ts";
import { checkOrdered, comesBefore } from "./order.ts";
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
    const { compare } = options;
    if (compare !== undefined && typeof compare !== "function") {
      throw new TypeError(`Cannot make a PriorityQueue that compares by ${describeKind(compare)}: give a function.`);
    }
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
