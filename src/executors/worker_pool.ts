/**
 * Functions in threads.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { checkRuntime, defaultAdapter } from "../adapters/default_adapter.ts";
import { NO_VARS, snapshotVars } from "../core/context.ts";
import { coroutine } from "../core/coroutine.ts";
import { noteOpened } from "../core/current.ts";
import { RuntimeError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { describeKind, printsAsText } from "../core/repr.ts";
import { requireLoop, runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import {
  type Executor,
  type MapOptions,
  MappedResults,
  processors,
  type RemoteFunction,
  type RemoteModule,
  type ShutdownOptions,
} from "../io/executor.ts";
import { Area } from "../loop/area.ts";
import { ConcurrentFuture } from "../tasks/ensure_future.ts";
import type { CallDispatcher } from "./call_dispatcher.ts";
import type { PoolCall } from "./pool_call.ts";
import { checkRemote, moduleUrl, remoteModule } from "./remote_module.ts";

const threads = /* @__PURE__ */ new Area(() => import("./methods.ts"));

/**
 * How a {@linkcode WorkerPool} is made.
 *
 * @category Threads
 */
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

const NAMES: OptionNames<WorkerPoolOptions> = { maxWorkers: true, name: true, worker: true, adapter: true };
const SHUTDOWN: OptionNames<ShutdownOptions> = { cancelFutures: "boolean", terminate: "boolean" };

/** A call of a pool's function, awaited on a loop. */
let callHere: (pool: WorkerPool, fn: RemoteFunction, args: readonly unknown[]) => LazyAwaitable<unknown>;

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
 *
 * @category Threads
 */
export class WorkerPool implements Executor {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** The most workers at once. */
  readonly maxWorkers: number;
  readonly #adapter: Adapter;
  readonly #module: URL | null;
  readonly #name: string;
  readonly #exposed = new Map<string, (...args: never) => unknown>();
  /** Its threads, once what makes them is loaded. */
  #dispatcher: CallDispatcher | null = null;
  /** The calls that wait for that. */
  #early = 0;
  #closing = false;

  /**
   * Makes a pool; threads are started with its first calls.
   *
   * @throws {TypeError} if `maxWorkers` is no number, or `worker` no URL
   * @throws {RangeError} if `maxWorkers` is not a positive whole number
   * @throws {NotSupportedError} if the runtime is too old, such as Node 22
   */
  constructor(options: WorkerPoolOptions = {}) {
    checkRuntime("make a WorkerPool");
    checkOptions(options, "new WorkerPool", NAMES);
    const { maxWorkers = processors(), name = "asyncio", worker, adapter = defaultAdapter() } = options;
    if (typeof maxWorkers !== "number") {
      throw new TypeError(`Cannot make a WorkerPool of ${describeKind(maxWorkers)} workers: maxWorkers is a number.`);
    }
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(
        `Cannot make a WorkerPool of ${maxWorkers} workers: maxWorkers is a positive whole number.`,
      );
    }
    if (typeof adapter?.hop !== "function") {
      throw new TypeError(`Cannot make a WorkerPool on ${describeKind(adapter)}: give an adapter, or none.`);
    }
    this.maxWorkers = maxWorkers;
    this.#adapter = adapter;
    this.#module = worker === undefined ? null : new URL(moduleUrl(worker, "begin a worker with"));
    this.#name = name;
    noteOpened(this, () => this.#closing ? null : "Await shutdown(), or let await using do it.");
  }

  /**
   * The functions of a module, typed as they are there. Calling one returns a lazy awaitable of its result; the call is made in a worker when it
   * is awaited.
   *
   * @param url the module's URL, such as `new URL("./hash.ts", import.meta.url)`; a text that is no URL would mean another module there
   * @throws {TypeError} if it is no URL
   */
  remoteModule<M>(url: URL | string): RemoteModule<M> {
    return remoteModule<M>(url, (fn, args) => callHere(this, fn, args));
  }

  /**
   * Calls a function in a worker, and returns the future of its result. It is not bound to a loop; cancelling it cancels the call. A failure that
   * nobody awaits is lost. Arguments are copied when a worker takes the call: leave them as they are until then.
   *
   * @param fn what {@linkcode WorkerPool.remoteModule} or {@linkcode remoteModule} returned
   * @throws {TypeError} if it is another function, which cannot travel
   * @throws {RuntimeError} if the pool was shut down
   */
  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T> {
    this.#check(fn, "WorkerPool.submit()");
    const loop = runningLoop();
    const future = new ConcurrentFuture<T>((resolve, reject) => {
      let wanted = true;
      let made: { readonly dispatcher: CallDispatcher; readonly call: PoolCall } | null = null;
      this.#ask((dispatcher) => {
        if (wanted) {
          made = {
            dispatcher,
            call: dispatcher.enqueue(fn as RemoteFunction, args, { resolve, reject }, loop, NO_VARS),
          };
        }
      }, reject);
      return (message) => {
        wanted = false;
        made?.dispatcher.cancel(made.call, message);
      };
    });
    future.catch(() => {});
    return future;
  }

  /**
   * Calls a function in the workers for each of several items, and returns the results in the order of the items.
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
   * Lets workers call these functions by their names, as {@linkcode exposed} returns them there: generator functions, async functions or plain
   * ones. They run as tasks of the loop that the worker's call came from. An earlier function of the same name is replaced.
   *
   * @throws {TypeError} if one is no function
   */
  expose(functions: Readonly<Record<string, (...args: never) => unknown>>): void {
    for (const [name, fn] of Object.entries(functions)) {
      if (typeof fn !== "function") {
        throw new TypeError(`Cannot expose ${name} to workers: it is ${describeKind(fn)}, not a function.`);
      }
      this.#exposed.set(name, fn);
    }
  }

  /**
   * Takes no more calls; ends the threads when those that were made are over, and then itself. Harmless the second time, which may be less
   * patient than the first.
   */
  shutdown(options: ShutdownOptions = {}): ConcurrentFuture<void> {
    checkOptions(options, "WorkerPool.shutdown", SHUTDOWN);
    this.#closing = true;
    return new ConcurrentFuture((resolve, reject) => {
      if (this.#dispatcher === null && this.#early === 0) return resolve();
      this.#ask((dispatcher) => void dispatcher.shutdown(options).then(resolve, reject), reject);
    });
  }

  /** Shuts the pool down, and waits for the calls that run. For `await using` and {@linkcode use}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Readable form. */
  toString(): string {
    if (this.#dispatcher !== null) return `${this.#dispatcher}`;
    return `<WorkerPool workers=0/${this.maxWorkers} calls=${this.#early}${this.#closing ? " closed" : ""}>`;
  }

  /** @ignore What makes the call of `EventLoop.runInExecutor()`, which has loaded the class of it. */
  "~dispatcher"(kind: typeof CallDispatcher, fn: RemoteFunction): CallDispatcher {
    this.#check(fn, "runInExecutor()");
    return this.#dispatcherOf(kind);
  }

  #dispatcherOf(kind: typeof CallDispatcher): CallDispatcher {
    const [module, name, most, exposed] = [this.#module, this.#name, this.maxWorkers, this.#exposed];
    return this.#dispatcher ??= new kind(this.#adapter, { module, name, most, exposed });
  }

  /** Asks something of the dispatcher: at once, or else when it is loaded, in the order of the calls. */
  #ask(use: (dispatcher: CallDispatcher) => void, failed: (error: unknown) => void): void {
    if (threads.loaded !== null) return use(this.#dispatcherOf(threads.loaded.CallDispatcher));
    this.#early++;
    threads.loading().then(({ CallDispatcher }) => {
      this.#early--;
      use(this.#dispatcherOf(CallDispatcher));
    }).catch(failed);
  }

  /** Refuses a function that cannot travel, and any once the pool is closed. */
  #check(fn: unknown, where: string): void {
    checkRemote(fn, where);
    if (!this.#closing) return;
    throw new RuntimeError(`Cannot call ${(fn as RemoteFunction).name}() in a WorkerPool that was shut down.`);
  }

  static {
    callHere = coroutine(function* callHere(
      pool: WorkerPool,
      fn: RemoteFunction,
      args: readonly unknown[],
    ): Coroutine<unknown> {
      pool.#check(fn, "a worker");
      const loop = requireLoop(`call ${fn.name}()`);
      const vars = snapshotVars();
      const { CallDispatcher } = yield* threads.load();
      // It may have been closed meanwhile.
      pool.#check(fn, "a worker");
      return yield* pool.#dispatcherOf(CallDispatcher).call(fn, args, loop, vars);
    });
  }
}
