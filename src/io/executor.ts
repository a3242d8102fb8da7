/**
 * What runs functions elsewhere: the interfaces of functions and executors, and the results of many calls.
 *
 * @module
 */
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { ConcurrentFuture } from "../tasks/ensure_future.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind } from "../core/repr.ts";
import { Ring } from "../core/lists.ts";

/**
 * What the caller of a {@linkcode RemoteFunction} decides.
 *
 * @category Threads
 */
export interface CallOptions {
  /**
   * What becomes of a call that runs when it is cancelled. `"finish"`, the default: a coroutine or async function is cancelled where it
   * runs, and a plain function, which cannot be, runs to its end. Nobody waits for either: if that takes longer than a moment, another worker
   * makes the calls that wait. `"terminate"`: the worker is ended in the middle of whatever it does, and another takes its place.
   * Deno 2.9 cannot stop one in a loop without end, which spins on until the process ends.
   */
  readonly onCancel?: "finish" | "terminate" | undefined;
}

/**
 * A function of a module that runs elsewhere: in a worker, or wherever an {@linkcode Executor} takes it. Calling it returns a lazy awaitable
 * of its result. Arguments and results are copied; {@linkcode transfer} hands them over instead.
 *
 * @category Threads
 */
export interface RemoteFunction<A extends unknown[] = unknown[], T = unknown> {
  /** Calls it where it comes from. */
  (...args: A): LazyAwaitable<T>;
  /** The name by which the module exports it. */
  readonly name: string;
  /** The URL of the module. */
  readonly module: string;
  /** How it is called. */
  readonly options: CallOptions;
  /** The same function, called in another way. */
  with(options: CallOptions): RemoteFunction<A, T>;
  /** Marks it, and tells it from others. */
  readonly "~remote": number;
}

/**
 * What a call returns in the end: the result of a coroutine or promise, or the value itself.
 *
 * @category Threads
 */
export type CallResult<R> = R extends Coroutine<infer T> ? T : Awaited<R>;

/**
 * The functions that a module exports, as they are called from elsewhere. What is not a function cannot be had.
 *
 * @category Threads
 */
export type RemoteModule<M> = {
  readonly [K in keyof M as M[K] extends (...args: never) => unknown ? K : never]: M[K] extends
    (...args: infer A) => infer R ? RemoteFunction<A, CallResult<R>> : never;
};

/**
 * How calls of a module's functions are made.
 *
 * @category Threads
 */
export type RemoteCall = (fn: RemoteFunction, args: readonly unknown[]) => LazyAwaitable<unknown>;

/**
 * The options of {@linkcode Executor.map}.
 *
 * @category Threads
 */
export interface MapOptions {
  /** How many calls are made ahead of the result that is read next; null, the default, for all at once. */
  readonly bufferSize?: number | null | undefined;
}

const MAP: OptionNames<MapOptions> = { bufferSize: true };

/**
 * The options of {@linkcode Executor.shutdown}.
 *
 * @category Threads
 */
export interface ShutdownOptions {
  /** Cancels the calls that have not begun. False by default: they are still made. */
  readonly cancelFutures?: boolean | undefined;
  /** Cancels the calls that run as well, and ends what runs them at once. False by default: they run to their end. */
  readonly terminate?: boolean | undefined;
}

/**
 * Whatever runs functions elsewhere: {@linkcode WorkerPool} in threads, or an engine of your own on other machines. It can stand in for
 * the default one by {@linkcode EventLoop.setDefaultExecutor}.
 *
 * @example Whatever executor there is
 * ```ts
 * import { type Executor, run, WorkerPool } from "@loop/asyncio";
 *
 * const zlib = new WorkerPool({ maxWorkers: 1 });
 *
 * async function squeeze(executor: Executor, text: string): Promise<number> {
 *   const { deflateSync } = zlib.remoteModule<{ deflateSync(text: string): Uint8Array }>("node:zlib");
 *   const bytes = await executor.submit(deflateSync, text);
 *   return bytes.length;
 * }
 *
 * console.log(await run(() => squeeze(zlib, "a".repeat(1_000))));
 * await zlib.shutdown();
 * ```
 *
 * @category Threads
 */
export interface Executor {
  /**
   * Calls a function elsewhere, and returns what will be its result. It is not bound to a loop; cancelling it cancels the call.
   *
   * @throws {TypeError} if the function cannot travel
   * @throws {RuntimeError} if the executor was shut down
   */
  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T>;
  /**
   * Calls a function for each of several items, as many at once as the executor can, and returns the results in the order of the items.
   *
   * @throws {TypeError} if the function cannot travel, or the items are not iterable
   * @throws {RangeError} if the buffer's size is not a positive whole number
   * @throws {RuntimeError} if the executor was shut down
   */
  map<I, T>(fn: RemoteFunction<[item: I], T>, items: Iterable<I>, options?: MapOptions): MappedResults<T>;
  /** Takes no more calls, and ends when those that were made are over. Harmless the second time. */
  shutdown(options?: ShutdownOptions): ConcurrentFuture<void>;
}

/** How many threads can run at once: the machine's processors, as far as the program may use them. */
export function processors(): number {
  return (globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency ?? 4;
}

/**
 * What {@linkcode Executor.map} returns: the results in the order of the items, each once. In a coroutine a `for` loop yields what to await,
 * in an async function `for await` yields the results. A loop that is left, by an error too, cancels the calls that it has not come to, and
 * closes a generator that yields the items.
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
   * @throws {TypeError} if the items are not iterable
   * @throws {RangeError} if the buffer's size is not a positive whole number
   */
  constructor(submit: (item: unknown) => ConcurrentFuture<T>, items: Iterable<unknown>, options: MapOptions = {}) {
    checkOptions(options, "map", MAP);
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
    // What yields the items may hold something open.
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
