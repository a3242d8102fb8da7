/**
 * What runs functions elsewhere.
 *
 * @module
 */
import type { ConcurrentFuture } from "../tasks/threadsafe.ts";
import type { MappedResults } from "./mapped_results.ts";
import type { RemoteFunction } from "./remote_function.ts";

/** The options of {@linkcode Executor.map}. */
export interface MapOptions {
  /** How many calls are made ahead of the result that is read next; by default all, at once. */
  readonly bufferSize?: number | undefined;
}

/** The options of {@linkcode Executor.shutdown}. */
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
 *   const { deflateSync } = zlib.module<{ deflateSync(text: string): Uint8Array }>("node:zlib");
 *   const bytes = await executor.submit(deflateSync, text);
 *   return bytes.length;
 * }
 *
 * console.log(await run(() => squeeze(zlib, "a".repeat(1_000))));
 * await zlib.shutdown();
 * ```
 */
export interface Executor {
  /**
   * Calls a function elsewhere, and gives what will be its result. It is not bound to a loop; cancelling it cancels the call.
   *
   * @throws {TypeError} if the function cannot travel
   * @throws {RuntimeError} if the executor was shut down
   */
  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T>;
  /**
   * Calls a function for each of several items, as many at once as the executor can, and gives the results in the order of the items.
   *
   * @throws {TypeError} if the function cannot travel, or the items are no iterable
   * @throws {RangeError} if the buffer's size is not a positive whole number
   * @throws {RuntimeError} if the executor was shut down
   */
  map<I, T>(fn: RemoteFunction<[item: I], T>, items: Iterable<I>, options?: MapOptions): MappedResults<T>;
  /** Takes no more calls, and ends when those that were made are over. Harmless the second time. */
  shutdown(options?: ShutdownOptions): ConcurrentFuture<void>;
}
