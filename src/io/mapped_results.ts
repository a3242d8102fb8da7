/**
 * The results of one function for many items.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { Ring } from "../core/ring.ts";
import type { ConcurrentFuture } from "../tasks/threadsafe.ts";
import type { MapOptions } from "./executor.ts";

/**
 * What {@linkcode Executor.map} gives: the results in the order of the items, each once. In a coroutine a `for` loop gives what to await,
 * in an async function `for await` gives the results. A loop that is left, by an error too, cancels the calls that it has not come to, and
 * closes a generator that gives the items.
 *
 * Those who implement an executor make one with what submits an item.
 *
 * @example Both worlds
 * ```ts
 * import { run, WorkerPool } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new WorkerPool({ maxWorkers: 2 });
 * const { basename } = pool.remoteModule<{ basename(path: string): string }>("node:path");
 *
 * await run(function* () {
 *   const names: string[] = [];
 *   for (const name of pool.map(basename, ["/a/b", "/c"])) names.push(yield* name);
 *   assertEquals(names, ["b", "c"]);
 * });
 * for await (const name of pool.map(basename, ["/d"])) assertEquals(name, "d");
 * ```
 *
 * @category Threads
 */
export class MappedResults<T> {
  readonly #submitOne: (item: unknown) => ConcurrentFuture<T>;
  readonly #items: Iterator<unknown>;
  readonly #pending = new Ring<ConcurrentFuture<T>>();
  #over = false;

  /**
   * Submits the first items.
   *
   * @throws {TypeError} if the items are no iterable
   * @throws {RangeError} if the buffer's size is not a positive whole number
   */
  constructor(submit: (item: unknown) => ConcurrentFuture<T>, items: Iterable<unknown>, options: MapOptions = {}) {
    const { bufferSize = null } = options;
    if (bufferSize !== null && !(Number.isInteger(bufferSize) && bufferSize > 0)) {
      throw new RangeError(
        `Cannot keep ${
          describeKind(bufferSize)
        } calls ahead: bufferSize is a positive whole number, or null for no limit.`,
      );
    }
    if (typeof (items as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function") {
      throw new TypeError(`Cannot call a function for each item of ${describeKind(items)}: it must be an iterable.`);
    }
    this.#submitOne = submit;
    this.#items = items[Symbol.iterator]();
    try {
      while (this.#pending.length < (bufferSize ?? Infinity) && this.#submit());
    } catch (error) {
      this.#cancel();
      throw error;
    }
  }

  #submit(): boolean {
    const { done, value } = this.#items.next();
    if (done) return false;
    const future = this.#submitOne(value);
    this.#pending.push(future);
    // One that fails while another is awaited is no surprise: its turn comes, or nobody wants it any more.
    future.then(undefined, () => {});
    return true;
  }

  #take(): ConcurrentFuture<T> | undefined {
    if (this.#over || this.#pending.length === 0) return undefined;
    const future = this.#pending.shift();
    this.#submit();
    return future;
  }

  #cancel(): void {
    if (this.#over) return;
    this.#over = true;
    while (this.#pending.length > 0) this.#pending.shift().cancel();
    // What gives the items may hold something open.
    this.#items.return?.();
  }

  /** Gives what to await, for a coroutine. */
  *[Symbol.iterator](): Generator<ConcurrentFuture<T>, void, unknown> {
    try {
      for (let future = this.#take(); future !== undefined; future = this.#take()) {
        // Leaving the loop while this one is awaited leaves nobody to want it.
        yield future;
      }
    } finally {
      this.#cancel();
    }
  }

  /** Gives the results, for an async function. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, unknown> {
    for (const future of this) yield await future;
  }
}
