/**
 * Functions in threads.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { snapshotVars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { describeKind } from "../core/repr.ts";
import { requireLoop, runningLoop } from "../core/running.ts";
import type { Coroutine } from "../core/suspend.ts";
import { checkRuntime } from "../loop/check_runtime.ts";
import { ConcurrentFuture } from "../tasks/threadsafe.ts";
import { Crew } from "./crew.ts";
import type { Executor, MapOptions, RemoteFunction, RemoteModule, ShutdownOptions } from "../io/executor.ts";
import { MappedResults } from "../io/mapped_results.ts";
import { CallFuture } from "./pool_call.ts";
import { checkRemote, moduleUrl, remoteModule } from "./remote_module.ts";

/** How a {@linkcode WorkerPool} is made. */
export interface WorkerPoolOptions {
  /**
   * The most workers at once; by default one for each processor of the machine. One that is busy with a cancelled call is not counted after a
   * moment; there are never more than `maxWorkers` of those, or eight if that is less.
   */
  readonly maxWorkers?: number | undefined;
  /** What the workers' names begin with; `"asyncio"` by default. */
  readonly name?: string | undefined;
  /**
   * The URL of the module that each worker begins with, which imports `@loop/asyncio/worker`. By default the one that this module brings along,
   * as a file of its own: a program that was bundled has no such file, and ships one.
   */
  readonly worker?: URL | string | undefined;
  /** The runtime that it makes threads on; by default the one that it finds itself in. */
  readonly adapter?: Adapter | undefined;
}

/** A context without variables: what a thread begins with. */
const NO_CONTEXT: Vars = new Map();

/**
 * A call as a future of a loop, which is completed with no promise in between.
 *
 * @throws {TypeError} if the function cannot travel
 * @throws {RuntimeError} if the pool was shut down
 */
export let callInPool: (
  pool: WorkerPool,
  where: string,
  fn: RemoteFunction,
  args: readonly unknown[],
  loop: BaseEventLoop,
  vars?: Vars,
) => Future<unknown>;

/**
 * Functions in threads: a pool of workers that are started when they are needed and used again and again. Each makes one call at a time;
 * what is asked for while all are busy waits in order. A worker that ends in the middle of a call fails that call alone, and another
 * takes its place.
 *
 * A worker loads the module that exports the function, in a scope of its own: it shares no variable with this thread. Coroutines and async
 * functions run on a loop there.
 *
 * A call that waits or runs keeps the process from ending; an idle pool does not. {@linkcode WorkerPool.shutdown} ends the threads.
 *
 * @example Functions of a module, in threads
 * ```ts
 * import { gather, run, WorkerPool } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new WorkerPool({ maxWorkers: 2 });
 * // Of your own module: pool.remoteModule<typeof import("./hash.ts")>(new URL("./hash.ts", import.meta.url))
 * const { join } = pool.remoteModule<{ join(...parts: string[]): string }>("node:path");
 *
 * await run(function* () {
 *   assertEquals(yield* gather(join("a", "b"), join("c", "d")), ["a/b", "c/d"]);
 * });
 * ```
 */
export class WorkerPool implements Executor {
  /** The most workers at once. */
  readonly maxWorkers: number;
  readonly #crew: Crew;

  /**
   * Makes a pool; threads are started with its first calls.
   *
   * @throws {TypeError} if `maxWorkers` is no number, or `worker` no URL
   * @throws {RangeError} if `maxWorkers` is not a positive whole number
   * @throws {NotSupportedError} if the runtime is too old, such as Node 22
   */
  constructor(options: WorkerPoolOptions = {}) {
    checkRuntime("make a WorkerPool");
    const { maxWorkers = processors(), name = "asyncio", worker, adapter = defaultAdapter() } = options;
    if (typeof maxWorkers !== "number") {
      throw new TypeError(`Cannot make a WorkerPool of ${describeKind(maxWorkers)} workers: maxWorkers is a number.`);
    }
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(
        `Cannot make a WorkerPool of ${maxWorkers} workers: maxWorkers is a positive whole number.`,
      );
    }
    this.maxWorkers = maxWorkers;
    const module = worker === undefined ? null : new URL(moduleUrl(worker, "begin a worker with"));
    this.#crew = new Crew(adapter, module, name, maxWorkers);
  }

  /**
   * The functions of a module, typed as they are there. Calling one gives a lazy awaitable of its result; the call is made in a worker when it
   * is awaited.
   *
   * @param url the module's URL, such as `new URL("./hash.ts", import.meta.url)`; a text that is no URL would mean another module there
   * @throws {TypeError} if it is no URL
   */
  remoteModule<M>(url: URL | string): RemoteModule<M> {
    return remoteModule<M>(url, (fn, args) => callHere(this, fn, args));
  }

  /**
   * Calls a function in a worker, and gives what will be its result. It is not bound to a loop; cancelling it cancels the call. A failure that
   * nobody awaits is lost. Arguments are copied when a worker takes the call: leave them as they are until then.
   *
   * @param fn what {@linkcode WorkerPool.remoteModule} or {@linkcode remoteModule} gave
   * @throws {TypeError} if it is another function, which cannot travel
   * @throws {RuntimeError} if the pool was shut down
   */
  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T> {
    this.#check(fn, "WorkerPool.submit()");
    const future = new ConcurrentFuture<T>();
    future._quiet();
    const call = this.#crew.enqueue(fn as RemoteFunction, args, future, runningLoop(), NO_CONTEXT);
    future._whenCancelled((message) => this.#crew.cancel(call, message));
    return future;
  }

  /**
   * Calls a function in the workers for each of several items, and gives the results in the order of the items.
   *
   * @throws {TypeError} if the function cannot travel, or the items are no iterable
   * @throws {RangeError} if the buffer's size is not a positive whole number
   * @throws {RuntimeError} if the pool was shut down
   */
  map<I, T>(fn: RemoteFunction<[item: I], T>, items: Iterable<I>, options: MapOptions = {}): MappedResults<T> {
    this.#check(fn, "WorkerPool.map()");
    return new MappedResults<T>((item) => this.submit(fn, item as I), items, options);
  }

  /**
   * Lets workers call these functions by their names, as {@linkcode exposed} gives them there: generator functions, async functions or plain
   * ones. They run as tasks of the loop that the worker's call came from. An earlier function of the same name is replaced.
   *
   * @throws {TypeError} if one is no function
   */
  expose(functions: Readonly<Record<string, (...args: never) => unknown>>): void {
    for (const [name, fn] of Object.entries(functions)) {
      if (typeof fn !== "function") {
        throw new TypeError(`Cannot expose ${name} to workers: it is ${describeKind(fn)}, not a function.`);
      }
      this.#crew.exposed.set(name, fn);
    }
  }

  /**
   * Takes no more calls; ends the threads when those that were made are over, and then itself. Harmless the second time, which may be less
   * patient than the first.
   */
  shutdown(options: ShutdownOptions = {}): ConcurrentFuture<void> {
    const ended = this.#crew.shutdown(options);
    return new ConcurrentFuture((resolve, reject) => void ended.then(resolve, reject));
  }

  /** Shuts the pool down, and waits for the calls that run. For `await using` and {@linkcode use}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Readable form. */
  toString(): string {
    const { size, calls, closing } = this.#crew;
    return `<WorkerPool workers=${size}/${this.maxWorkers} calls=${calls}${closing ? " closed" : ""}>`;
  }

  /** Refuses a function that cannot travel, and any once the pool is closed. */
  #check(fn: unknown, where: string): void {
    checkRemote(fn, where);
    if (this.#crew.closing) {
      throw new RuntimeError(`Cannot call ${(fn as RemoteFunction).name}() in a WorkerPool that was shut down.`);
    }
  }

  static {
    callInPool = (pool, where, fn, args, loop, vars = NO_CONTEXT) => {
      pool.#check(fn, where);
      const future = new CallFuture<unknown>(loop);
      const call = pool.#crew.enqueue(fn, args, future, loop, vars);
      future._onCancel = (message) => pool.#crew.cancel(call, message);
      return future;
    };
  }
}

const callHere = coroutine(function* callHere(
  pool: WorkerPool,
  fn: RemoteFunction,
  args: readonly unknown[],
): Coroutine<unknown> {
  return yield* callInPool(pool, "a worker", fn, args, requireLoop(`call ${fn.name}()`), snapshotVars());
});

/** The machine's processors, as far as the program may use them. */
function processors(): number {
  return (globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency ?? 4;
}
