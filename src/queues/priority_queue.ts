/**
 * The smallest item first.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { type Before, heapPop, heapPush } from "./heap.ts";
import { HeldArrays } from "./held_arrays.ts";
import { checkOrdered, comesBefore } from "./order.ts";
import { Queue } from "./queue.ts";

/** The options of {@linkcode PriorityQueue}. */
export interface PriorityQueueOptions<T> {
  /** Less than zero if `a` comes before `b`, as for `Array.prototype.sort`; by default their natural order. */
  readonly compare?: ((a: T, b: T) => number) | undefined;
}

/**
 * A queue that gives the smallest item first. Items are numbers, bigints, strings (by code unit), or arrays of these,
 * which are compared element by element: `[priority, number, job]`, where a number that grows with each item keeps
 * equal priorities in order and jobs from being compared. Or any items at all, with a function that compares them. The
 * order of equal items is the one of Python's `heapq`.
 *
 * Without such a function an item that could not be compared with each one in the queue is refused with a TypeError when
 * it is put in. What stands in an array behind the first difference needs no order, whatever it is.
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
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #heap: T[] = [];
  readonly #before: Before<T>;
  readonly #natural: boolean;
  /** The arrays in the heap, to be sure that all of them can be compared; made at the first one. */
  #arrays: HeldArrays | null = null;

  /**
   * Makes a queue that holds at most `maxsize` items; zero or less, the default, stands for no limit.
   *
   * @throws {TypeError} if the size is not a number, or `compare` not a function
   * @throws {RangeError} if the size is not whole; Infinity is allowed
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
    return this.#heap.length + super.qsize();
  }

  /**
   * Stores an item in its place.
   *
   * @throws {TypeError} if it cannot be compared with everything that the queue holds
   */
  protected override _put(item: T): void {
    if (this.#natural) {
      checkOrdered(item);
      // Rising compares with some of the items only; one more decides about its kind, which all of them share.
      if (this.#heap.length > 0) comesBefore(item, this.#heap[0]);
      if (Array.isArray(item)) return this.#putArray(item);
    }
    heapPush(this.#heap, item, this.#before);
  }

  /** Removes the smallest item. */
  protected override _get(): T {
    if (super.qsize() > 0) return super._get();
    const item = heapPop(this.#heap, this.#before);
    if (this.#arrays !== null && Array.isArray(item)) this.#arrays.remove(item);
    return item;
  }

  /** The items as the heap keeps them, the smallest first. */
  protected override _items(): Iterable<T> {
    return super.qsize() > 0 ? [...super._items(), ...this.#heap] : this.#heap;
  }

  #putArray(item: T & readonly unknown[]): void {
    this.#arrays ??= new HeldArrays();
    this.#arrays.add(item);
    try {
      heapPush(this.#heap, item, this.#before);
    } catch (error) {
      // Somebody changed the elements of an array in the heap.
      this.#arrays.remove(item);
      throw error;
    }
  }
}
