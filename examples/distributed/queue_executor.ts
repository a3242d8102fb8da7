/**
 * An executor whose workers are on other machines: calls are jobs in Redis, which BullMQ keeps.
 *
 * @module
 */
import {
  CancelledError,
  ConcurrentFuture,
  type Coroutine,
  coroutine,
  type Executor,
  type MapOptions,
  MappedResults,
  type RemoteFunction,
  type RemoteModule,
  remoteModule,
  RuntimeError,
  type ShutdownOptions,
} from "@loop/asyncio";
import { cancelChannel, complain, type Connection, Queue, QueueEvents, Redis, whileNeeded } from "./bullmq.ts";

/** How a {@linkcode QueueExecutor} is made. */
export interface QueueExecutorOptions {
  /** Where Redis is. */
  readonly connection: Connection;
  /** The queue's name; workers serve the same. */
  readonly queue: string;
  /** The folder that holds the modules; each worker has one of its own with the same modules in it. */
  readonly root: URL;
  /** How often a call is made before its failure counts; once by default. */
  readonly attempts?: number;
}

/** How one call is made. */
export interface JobCallOptions {
  /** Hears what the function reports. */
  readonly onProgress?: (value: unknown) => void;
  /** How often it is made before its failure counts; by default as the executor says. */
  readonly attempts?: number;
}

/** Who waits for a job. */
interface Waiting {
  /** False for one that was cancelled, which is kept until Redis knows. */
  awaited: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((value: unknown) => void) | undefined;
}

/** Milliseconds before a failed call is made again; twice as many before the next time. */
const BACKOFF = 50;

/** Seconds for which Redis keeps what has failed, so that it can be looked at. */
const KEPT = 3_600;

/**
 * Calls functions on whatever machine takes them. While Redis cannot be reached, calls wait for it; those that are cancelled do not keep
 * {@linkcode QueueExecutor.shutdown} waiting.
 */
export class QueueExecutor implements Executor {
  readonly #options: QueueExecutorOptions;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #redis: Redis;
  readonly #waiting = new Map<string, Waiting>();
  #closing: PromiseWithResolvers<void> | null = null;

  /** Connects to Redis. */
  constructor(options: QueueExecutorOptions) {
    const { queue } = options;
    const connection = whileNeeded(options.connection, () => this.#closing === null || this.#isAwaited());
    this.#options = options;
    this.#queue = new Queue(queue, { connection });
    // From the beginning, so that no job can end before it is listened to.
    this.#events = new QueueEvents(queue, { connection, lastEventId: "0-0" });
    this.#redis = new Redis(connection);
    for (const source of [this.#queue, this.#events, this.#redis]) source.on("error", complain);
    this.#events.on("completed", ({ jobId, returnvalue }) => this.#take(jobId)?.resolve(returnvalue as never));
    this.#events.on("failed", ({ jobId, failedReason }) => void this.#failed(jobId, failedReason));
    this.#events.on("progress", ({ jobId, data }) => this.#waiting.get(jobId)?.onProgress?.(data));
  }

  /** The functions of a module below the root, typed as they are there. */
  remoteModule<M>(url: URL): RemoteModule<M> {
    return remoteModule<M>(url, (fn, args) => callNow(this, fn, args));
  }

  /** Adds a job for a call. */
  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T> {
    return this.call(fn, args);
  }

  /** The same with options. */
  call<A extends readonly unknown[], T>(
    fn: RemoteFunction<[...A], T>,
    args: A,
    options: JobCallOptions = {},
  ): ConcurrentFuture<T> {
    if (this.#closing !== null) throw new RuntimeError(`Cannot call ${fn.name}(): the executor was shut down.`);
    const data = { module: this.#pathOf(fn.module), args };
    const id = crypto.randomUUID();
    return new ConcurrentFuture<T>((resolve, reject) => {
      this.#waiting.set(id, { awaited: true, resolve, reject, onProgress: options.onProgress });
      const added = this.#queue.add(fn.name, data, {
        jobId: id,
        attempts: options.attempts ?? this.#options.attempts ?? 1,
        backoff: { type: "exponential", delay: BACKOFF },
        removeOnComplete: true,
        removeOnFail: { age: KEPT },
      });
      added.catch((error) => this.#take(id)?.reject(error));
      return () => this.#cancel(id, added);
    });
  }

  /** Calls a function for each item. */
  map<I, T>(fn: RemoteFunction<[item: I], T>, items: Iterable<I>, options: MapOptions = {}): MappedResults<T> {
    return new MappedResults<T>((item) => this.submit(fn, item as I), items, options);
  }

  /** Takes no more calls, and leaves Redis when those that were made are over. */
  shutdown(options: ShutdownOptions = {}): ConcurrentFuture<void> {
    const { promise } = this.#closing ??= Promise.withResolvers<void>();
    if (options.cancelFutures || options.terminate) {
      for (const id of [...this.#waiting.keys()]) {
        this.#waiting.get(id)?.reject(new CancelledError("The executor was shut down."));
        this.#cancel(id, Promise.resolve());
      }
    }
    this.#closeIfDone();
    return new ConcurrentFuture((resolve, reject) => void promise.then(resolve, reject));
  }

  /** For `await using` and `use()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Elsewhere the module lies below another root. */
  #pathOf(module: string): string {
    const root = this.#options.root.href;
    if (module.startsWith(root)) return module.slice(root.length);
    throw new TypeError(`Cannot call a function of ${module} elsewhere: it is not below ${root}.`);
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#closeIfDone();
    return waiting;
  }

  async #failed(id: string, reason: string): Promise<void> {
    if (!this.#waiting.has(id)) return;
    const job = await this.#queue.getJob(id).catch(() => undefined);
    const stack = job?.stacktrace?.at(-1);
    const error = new Error(reason);
    if (stack !== undefined) {
      error.stack = stack;
      error.name = /^(\w+):/.exec(stack)?.[1] ?? "Error";
    }
    this.#take(id)?.reject(error);
  }

  #isAwaited(): boolean {
    return [...this.#waiting.values()].some(({ awaited }) => awaited);
  }

  #cancel(id: string, added: Promise<unknown>): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) waiting.awaited = false;
    this.#revoke(id, added).catch(() => this.#take(id));
  }

  /** A job that waits is taken back. Of one that runs its worker is told, and it is over when that says so. */
  async #revoke(id: string, added: Promise<unknown>): Promise<void> {
    try {
      await added;
      const job = await this.#queue.getJob(id);
      await job?.remove();
      this.#take(id);
    } catch {
      await this.#redis.publish(cancelChannel(this.#options.queue), id);
    }
  }

  #closeIfDone(): void {
    const closing = this.#closing;
    if (closing === null || this.#waiting.size > 0) return;
    this.#redis.disconnect();
    // That Redis is gone already is no failure.
    Promise.allSettled([this.#events.close(), this.#queue.close()]).then(() => closing.resolve());
  }
}

/** The call is made when it is awaited, and not before. */
const callNow = coroutine(function* callNow(
  executor: QueueExecutor,
  fn: RemoteFunction,
  args: readonly unknown[],
): Coroutine<unknown> {
  return yield* executor.call(fn, [...args]);
});
