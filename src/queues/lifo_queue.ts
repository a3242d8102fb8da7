/**
 * Last in, first out.
 *
 * @module
 */
import { Queue } from "./queue.ts";

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
