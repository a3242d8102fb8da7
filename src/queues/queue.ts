/**
 * Queues between tasks.
 *
 * @module
 */
import { noteHotMethods } from "../core/current.ts";
import { QueueEmpty, QueueFull, QueueShutDown } from "../core/errors.ts";
import { checkNames, type OptionNames } from "../core/misuse.ts";
import { describeKind, describeValue, printsAsText } from "../core/repr.ts";
import { type Coroutine, type LazyAwaitable, NEXT_ITEM } from "../core/suspend.ts";
import { Waiters } from "../sync/waiters.ts";
import { Ring } from "../core/lists.ts";
import { Get, Join, Put, QueueLines } from "./waits.ts";

let isKnown = false;

/** How many items the readable form of a queue shows. */
const SHOWN = 10;

/**
 * The options of {@linkcode Queue.shutdown}.
 *
 * @category Queues
 */
export interface QueueShutdownOptions {
  /** Whether what is left is dropped; false by default. */
  readonly immediate?: boolean | undefined;
}

const SHUTDOWN: OptionNames<QueueShutdownOptions> = { immediate: "boolean" };

/**
 * A queue between tasks, first in, first out. `get` waits while it is empty, `put` while it is full. When it is shut
 * down both throw {@linkcode QueueShutDown}, `get` after the last item. It is bound to a loop by the first task that has
 * to wait.
 *
 * An async function can iterate it: `for await (const item of queue)` ends when the queue is shut down and empty.
 * Coroutines do the same with {@linkcode forEach}.
 *
 * A subclass that stores its items in another way overrides {@linkcode Queue.storeItem}, {@linkcode Queue.takeItem},
 * {@linkcode Queue.listItems} and {@linkcode Queue.qsize}, which CPython calls `_put`, `_get` and `qsize`. Its fields take the place of `_init`.
 *
 * @example Some produce, others consume
 * ```ts
 * import { Queue, run, taskGroup } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new Queue<number>(2);
 * const got: number[] = [];
 *
 * await run(() =>
 *   taskGroup(function* (group) {
 *     group.createTask(async function () {
 *       for await (const item of queue) got.push(item);
 *     });
 *     for (let i = 0; i < 5; i++) yield* queue.put(i);
 *     queue.shutdown();
 *   })
 * );
 * assertEquals(got, [0, 1, 2, 3, 4]);
 * ```
 *
 * @category Queues
 */
export class Queue<T> implements AsyncIterable<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #lines = new QueueLines();
  /** Tasks that wait until nothing is unfinished. */
  readonly #joining = new Waiters();
  readonly #maxsize: number;
  readonly #items = new Ring<T>();
  #unfinished = 0;

  /**
   * Makes a queue that holds at most `maxsize` items; zero or less means no limit. The default is 0.
   *
   * @throws {TypeError} if the size is not a number
   * @throws {RangeError} if it is not a whole number; Infinity is allowed
   */
  constructor(maxsize = 0) {
    if (typeof maxsize !== "number") {
      throw new TypeError(
        `Cannot make a queue with ${describeKind(maxsize)} for its size: give a number, or nothing for no limit.`,
      );
    }
    if (!Number.isInteger(maxsize) && maxsize !== Infinity) {
      throw new RangeError(`Cannot make a queue of at most ${maxsize} items: give a whole number, or 0 for no limit.`);
    }
    this.#maxsize = maxsize;
    isKnown ||= noteHotMethods(Queue, "get", "put");
  }

  /** How many items it holds at most; zero or less means no limit. */
  get maxsize(): number {
    return this.#maxsize;
  }

  /** How many items it holds. */
  qsize(): number {
    return this.#items.length;
  }

  /** Whether it holds no item. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether it holds `maxsize` items; never true without a limit. */
  full(): boolean {
    return this.#maxsize > 0 && this.qsize() >= this.#maxsize;
  }

  /**
   * Puts an item into the queue; waits while it is full.
   *
   * @throws {QueueShutDown} when awaited, if the queue was shut down, also while it waits
   * @throws {RuntimeError} when awaited, if it has to wait and the queue is bound to another loop
   */
  put(item: T): LazyAwaitable<undefined> {
    return new Put<T>(this, this.#lines, item);
  }

  /**
   * Puts an item into the queue without waiting.
   *
   * @throws {QueueFull} if there is no room
   * @throws {QueueShutDown} if the queue was shut down
   */
  putNowait(item: T): void {
    if (this.#lines.isShutDown) throw new QueueShutDown(`Cannot put an item into ${this.#name()}: it was shut down.`);
    if (this.full()) {
      throw new QueueFull(
        `Cannot put an item into ${this.#name()} now: it is full. Await put(), or take an item first.`,
      );
    }
    this.storeItem(item);
    this.#unfinished++;
    this.#lines.getters.releaseNext();
  }

  /**
   * Removes an item from the queue and returns it; waits while it is empty.
   *
   * In an async function an item that is itself a Task or a promise is awaited as well: `await` does that.
   *
   * @throws {QueueShutDown} when awaited, if the queue was shut down and is empty
   * @throws {RuntimeError} when awaited, if it has to wait and the queue is bound to another loop
   */
  get(): LazyAwaitable<T> {
    return new Get<T>(this, this.#lines);
  }

  /**
   * Removes an item from the queue and returns it without waiting.
   *
   * @throws {QueueEmpty} if there is none
   * @throws {QueueShutDown} if there is none and the queue was shut down
   */
  getNowait(): T {
    if (this.empty()) {
      if (this.#lines.isShutDown) {
        throw new QueueShutDown(`Cannot take an item out of ${this.#name()}: it was shut down, and none is left.`);
      }
      throw new QueueEmpty(
        `Cannot take an item out of ${this.#name()} now: it is empty. Await get(), or put one in first.`,
      );
    }
    const item = this.takeItem();
    this.#lines.putters.releaseNext();
    return item;
  }

  /**
   * Says that the work on one item that was taken is done; `join` waits for that.
   *
   * @throws {RangeError} if it is called more often than items were put in
   */
  taskDone(): void {
    if (this.#unfinished <= 0) {
      throw new RangeError(
        `Cannot call taskDone() of ${this.#name()}: every item put in was reported done. Call it once for each that you took.`,
      );
    }
    this.#finish();
  }

  /** Waits until every item that was put in was taken and reported by `taskDone`. */
  join(): LazyAwaitable<undefined> {
    return new Join(this, this.#joining, () => this.#unfinished === 0);
  }

  /**
   * Shuts the queue down: nothing can be put in any more, and getters get what is left and then {@linkcode QueueShutDown}.
   * With `{ immediate: true }` what is left is dropped and counts as done. It may be called again.
   *
   * @throws {TypeError} if the options are not an object
   *
   * @example Let the consumers finish
   * ```ts
   * import { Queue, QueueShutDown, run } from "@loop/asyncio";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const queue = new Queue<string>();
   * queue.putNowait("last");
   * queue.shutdown();
   * assertThrows(() => queue.putNowait("too late"), QueueShutDown);
   * assertEquals(await run(queue.get()), "last");
   * ```
   */
  shutdown(options: QueueShutdownOptions = {}): void {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(
        `Cannot shut a queue down with ${describeKind(options)}: the options are an object. Write { immediate: true }.`,
      );
    }
    checkNames(options, SHUTDOWN, "shut a queue down");
    const { immediate = false } = options;
    this.#lines.isShutDown = true;
    if (immediate) {
      while (!this.empty()) {
        this.takeItem();
        if (this.#unfinished > 0) this.#finish();
      }
    }
    this.#lines.getters.releaseAll();
    this.#lines.putters.releaseAll();
  }

  /** Takes items until the queue is shut down and empty; for `for await` in async functions. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () =>
        this.get().then(
          (value): IteratorResult<T, undefined> => ({ done: false, value }),
          (error): IteratorResult<T, undefined> => endOf(error),
        ),
    };
  }

  /** @ignore For `forEach`. */
  *[NEXT_ITEM](): Coroutine<IteratorResult<T, undefined>> {
    try {
      return { done: false, value: yield* this.get() };
    } catch (error) {
      return endOf(error);
    }
  }

  /** Readable form, as CPython's. */
  toString(): string {
    const parts = [`maxsize=${this.#maxsize}`];
    const items = [...this.listItems()];
    if (items.length > 0) {
      const more = items.length > SHOWN ? `, … ${items.length - SHOWN} more` : "";
      parts.push(`_queue=[${items.slice(0, SHOWN).map(describeValue).join(", ")}${more}]`);
    }
    parts.push(...this.#lines.describe());
    if (this.#unfinished > 0) parts.push(`tasks=${this.#unfinished}`);
    if (this.#lines.isShutDown) parts.push("shutdown");
    return `<${this.#name()} ${parts.join(" ")}>`;
  }

  /**
   * Stores an item; for subclasses, which override it with {@linkcode Queue.takeItem}. It is called only while there is
   * room. If it throws, the queue must be as before: `put` and `putNowait` throw the same.
   */
  protected storeItem(item: T): void {
    this.#items.push(item);
  }

  /** Removes the item that is next and returns it; for subclasses. It is called only while {@linkcode Queue.qsize} is not 0. */
  protected takeItem(): T {
    return this.#items.shift();
  }

  /** The items in the order in which `toString` shows them; for subclasses. */
  protected listItems(): Iterable<T> {
    return this.#items;
  }

  #finish(): void {
    if (--this.#unfinished === 0) this.#joining.wake(Infinity);
  }

  #name(): string {
    return this.constructor.name;
  }
}

function endOf(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof QueueShutDown) return { done: true, value: undefined };
  throw error;
}
