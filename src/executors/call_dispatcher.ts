/**
 * The workers of a pool, and the calls that wait for them.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import type { Adapter, HostTimer } from "../adapters/adapter.ts";
import type { WorkersAdapter } from "../adapters/workers.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { CancelledError } from "../core/errors.ts";
import { Ring } from "../core/lists.ts";
import type { RemoteFunction, ShutdownOptions } from "../io/executor.ts";
import { loadPart } from "../loop/area.ts";
import { requireCapability } from "../loop/host_loop.ts";
import { CallFuture, type CallOutcome, PoolCall } from "./pool_call.ts";
import { type PoolHooks, PoolWorker } from "./pool_worker.ts";

/** How long, in milliseconds, a worker may take to be done with a call that was cancelled, before another takes its place. */
const CANCEL_TIME = 250;

/** How many such workers there may be in a pool that has fewer. A function that never ends must not be able to take all memory. */
const LEAST_LEFT = 8;

/** What workers may call, by its name. */
export type Exposures = ReadonlyMap<string, (...args: never) => unknown>;

/** How a dispatcher is made. */
export interface DispatcherOptions {
  /** The module that each worker begins with; null for the one that this module brings along. */
  readonly module: URL | null;
  /** What the workers' names begin with. */
  readonly name: string;
  /** The most workers at once. */
  readonly most: number;
  readonly exposed: Exposures;
}

/** Starts workers when they are needed, hands calls to them in order, and replaces those that end. */
export class CallDispatcher {
  readonly #exposed: Exposures;
  readonly #adapter: Adapter;
  readonly #module: URL | null;
  readonly #name: string;
  readonly #most: number;
  readonly #queue = new Ring<PoolCall>();
  readonly #workers = new Set<PoolWorker>();
  readonly #idle: PoolWorker[] = [];
  /** What waits until a worker that is busy with a cancelled call has had its moment. */
  readonly #moments = new Map<PoolWorker, HostTimer>();
  /** The workers that have had theirs, and are not counted any more. */
  readonly #left = new Set<PoolWorker>();
  /** The threads that end. */
  readonly #ending = new Set<Promise<void>>();
  #started = 0;
  /** The calls that wait or run. */
  #calls = 0;
  /** What the runtime does with threads; null until it was asked for. */
  #host: WorkersAdapter | null = null;
  #loading = false;
  /** Resolves when all has ended; null while calls are taken. */
  #closing: PromiseWithResolvers<void> | null = null;
  #closed = false;
  /** The last loop that asked for a call: it hears of errors that belong to none. */
  #loop: BaseEventLoop | null = null;

  constructor(adapter: Adapter, { module, name, most, exposed }: DispatcherOptions) {
    this.#adapter = adapter;
    this.#exposed = exposed;
    this.#module = module;
    this.#name = name;
    this.#most = most;
  }

  /** Whether no more calls are taken. */
  get closing(): boolean {
    return this.#closing !== null;
  }

  /** Takes no more calls; resolves when those that were made are over and all threads have ended. */
  shutdown({ cancelFutures = false, terminate = false }: ShutdownOptions = {}): Promise<void> {
    const { promise } = this.#closing ??= Promise.withResolvers<void>();
    if (cancelFutures || terminate) {
      while (this.#queue.length > 0) this.#drop(this.#queue.shift());
    }
    if (terminate) {
      for (const worker of [...this.#workers]) worker.terminate(new CancelledError("The pool was shut down."));
    }
    this.#closeIfDone();
    return promise;
  }

  /** Takes a call; it is made as soon as there is a worker for it. */
  enqueue(
    fn: RemoteFunction,
    args: readonly unknown[],
    outcome: CallOutcome,
    loop: BaseEventLoop | null,
    vars: Vars,
  ): PoolCall {
    const call = new PoolCall(fn, args, outcome, loop, vars);
    if (loop !== null) this.#loop = loop;
    this.#calls++;
    this.#queue.push(call);
    this.#dispatch();
    return call;
  }

  /** The same, with its result as a future of the loop, which is completed with no promise in between. */
  call(fn: RemoteFunction, args: readonly unknown[], loop: BaseEventLoop, vars: Vars): CallFuture<unknown> {
    const future = new CallFuture<unknown>(loop, fn.name);
    const call = this.enqueue(fn, args, future, loop, vars);
    future.onCancel = (message) => this.cancel(call, message);
    return future;
  }

  /** The functions that run, or wait for a thread. */
  calledNow(): string[] {
    const running = [...this.#workers].map((worker) => worker.calls);
    const waiting = Array.from({ length: this.#queue.length }, (_, index) => this.#queue.at(index));
    return [
      ...running.filter((name) => name !== null),
      ...waiting.filter((call) => call.wanted).map((call) => call.fn.name),
    ];
  }

  /** Readable form: that of the pool. */
  toString(): string {
    const closed = this.closing ? " closed" : "";
    return `<WorkerPool workers=${this.#workers.size}/${this.#most} calls=${this.#calls}${closed}>`;
  }

  #dispatch(): void {
    const host = this.#host;
    if (host === null) return this.#load();
    while (this.#queue.length > 0) {
      const call = this.#queue.shift();
      if (call.wanted) {
        const worker = this.#idle.pop() ?? this.#start(host, call);
        if (worker === null) break;
        if (worker.make(call)) continue;
        this.#idle.push(worker);
      }
      this.#calls--;
    }
    this.#closeIfDone();
  }

  /** Starts a worker for a call, which waits again if there are enough of them. */
  #start(host: WorkersAdapter, call: PoolCall): PoolWorker | null {
    if (this.#counted >= this.#most) {
      this.#queue.unshift(call);
      return null;
    }
    try {
      const worker = new PoolWorker(host, this.#module, `${this.#name}_${this.#started++}`, this.#hooks);
      this.#workers.add(worker);
      return worker;
    } catch (error) {
      this.#queue.unshift(call);
      this.#failAll(error);
      return null;
    }
  }

  #load(): void {
    if (this.#loading) return;
    this.#loading = true;
    const adapter = this.#adapter;
    const load = async (): Promise<WorkersAdapter> => {
      requireCapability(
        adapter.workers,
        "start a worker",
        adapter,
        "Give the pool another: new WorkerPool({ adapter }).",
      );
      return await (adapter.workers as NonNullable<typeof adapter.workers>)();
    };
    // A thread that makes a call keeps the process from ending, but there is none yet.
    const release = adapter.keepAlive();
    loadPart(load).then((host) => {
      this.#host = host;
      this.#dispatch();
    }, (error) => this.#failAll(error)).finally(() => {
      this.#loading = false;
      release();
    });
  }

  /** No worker can be had, and those who wait for one shall not wait for ever. */
  #failAll(error: unknown): void {
    while (this.#queue.length > 0) {
      this.#queue.shift().fail(error);
      this.#calls--;
    }
    this.#closeIfDone();
  }

  /** A call that has not begun is left out when its turn comes; one that runs is cancelled there, or its worker ended. */
  cancel(call: PoolCall, message: string | undefined): void {
    call.wanted = false;
    const { worker } = call;
    if (worker === null) return;
    if (call.fn.options.onCancel === "terminate") return worker.terminate(null);
    worker.cancel(message);
    this.#moments.set(worker, this.#adapter.setTimer(CANCEL_TIME, () => this.#leave(worker)));
  }

  /** The workers that make calls which somebody waits for, or could. */
  get #counted(): number {
    return this.#workers.size - this.#left.size;
  }

  /** Leaves a worker to the cancelled call that it is busy with; another may take its place. */
  #leave(worker: PoolWorker): void {
    this.#moments.delete(worker);
    if (this.#left.size >= Math.max(this.#most, LEAST_LEFT)) return;
    this.#left.add(worker);
    this.#dispatch();
  }

  /** A worker is done with its call. */
  #return(worker: PoolWorker): void {
    this.#left.delete(worker);
    const timer = this.#moments.get(worker);
    if (timer === undefined) return;
    this.#moments.delete(worker);
    this.#adapter.clearTimer(timer);
  }

  #drop(call: PoolCall): void {
    call.fail(new CancelledError("The pool was shut down."));
    this.#calls--;
  }

  #closeIfDone(): void {
    const closing = this.#closing;
    if (closing === null || this.#calls > 0 || this.#closed) return;
    this.#closed = true;
    const release = this.#adapter.keepAlive();
    for (const worker of [...this.#workers]) worker.terminate(null);
    Promise.all(this.#ending).then(() => {
      release();
      closing.resolve();
    });
  }

  readonly #hooks: PoolHooks = {
    idle: (worker) => {
      this.#return(worker);
      this.#calls--;
      // Another may have taken its place.
      if (this.#counted > this.#most) worker.terminate(null);
      else this.#idle.push(worker);
      this.#dispatch();
    },
    lost: (worker, busy) => {
      this.#return(worker);
      this.#workers.delete(worker);
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
      this.#ending.add(worker.gone);
      worker.gone.then(() => this.#ending.delete(worker.gone));
      if (!busy) return;
      this.#calls--;
      this.#dispatch();
    },
    report: (message, exception) => {
      const loop = this.#loop;
      if (loop !== null && !loop.isClosed()) loop.callExceptionHandler({ message, exception });
      else console.error(message, exception);
    },
    exposed: (name) => this.#exposed.get(name),
  };
}
