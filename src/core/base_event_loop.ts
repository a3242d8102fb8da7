/**
 * The event loop without a world around it: callbacks, timers, futures, tasks.
 *
 * @module
 */
import type { AnyTask, ContextOwner } from "./contract.ts";
import type { CoreAdapter } from "../adapters/adapter.ts";
import { askForMarks, runningLoop } from "./current_code.ts";
import { current, debugging, noteMade } from "./current.ts";
import type { TaskSource } from "./coroutine.ts";
import { KeyboardInterrupt, RuntimeError } from "./errors.ts";
import {
  type ExceptionContext,
  type Logger,
  printException,
  reportUnread,
  type UnreadRecords,
  watchUnread,
} from "./exception_reports.ts";
import { FAILED, Future, isFuture, UNREAD } from "./future.ts";
import type { Instrument } from "./instruments.ts";
import { type Callback, Handle, TimerHandle } from "./handle.ts";
import { isCoroutine } from "./suspend.ts";
import { describeKind, printsAsText } from "./repr.ts";
import { Scheduler } from "./scheduler.ts";
import { TaskList } from "./lists.ts";
import { checkCallback, checkTime } from "./misuse.ts";
import { anySnapshots, type CreateTaskOptions, expectSnapshots } from "./task_options.ts";
import { Task } from "./task.ts";

/**
 * Hears of errors that reach nobody else.
 *
 * @category Running
 */
export type ExceptionHandler = (loop: BaseEventLoop, context: ExceptionContext) => unknown;

/**
 * How a {@linkcode BaseEventLoop} is made.
 *
 * @category Running
 */
export interface BaseEventLoopOptions {
  /** The runtime that it turns on, or a simulated one. */
  readonly adapter: CoreAdapter;
  /** Whether debug mode is on; false by default. */
  readonly debug?: boolean | undefined;
  /** What warnings are written to, and the errors that no exception handler takes; `console` by default. */
  readonly logger?: Logger | undefined;
  /** The `asyncLocalStorage` of tasks that are made without that option; false by default. */
  readonly asyncLocalStorage?: boolean | undefined;
}

/**
 * Makes the tasks of a loop; see {@linkcode BaseEventLoop.setTaskFactory}.
 *
 * @category Running
 */
export type TaskFactory = <T>(loop: BaseEventLoop, source: TaskSource<T>, options?: CreateTaskOptions) => Task<T>;

/**
 * The event loop: it runs callbacks in the order that they came, timers in the order that they are due, and steps tasks. It
 * never blocks its host: running it returns a promise. `EventLoop` adds the methods for the world around it.
 *
 * @example Callbacks and timers
 * ```ts
 * import { newEventLoop } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * const order: string[] = [];
 * loop.callLater(1, () => {
 *   order.push("later");
 *   loop.stop();
 * });
 * loop.callSoon((word) => order.push(word), "soon");
 * await loop.runForever();
 * loop.close();
 * assertEquals(order, ["soon", "later"]);
 * ```
 *
 * @category Running
 */
export class BaseEventLoop extends Scheduler {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** @ignore Exceptions that nobody has read; see `unread.ts`. */
  readonly _unread: UnreadRecords = new Set();
  /** @ignore What `runUntilComplete()` waits for. */
  _main: Future<unknown> | null = null;
  #failed: Future<unknown>[] = [];
  #closed = false;
  readonly #tasks = new TaskList();
  #taskFactory: TaskFactory | null = null;
  /** @ignore Whether tasks carry the AsyncLocalStorage of others, if nothing else is said. */
  _keepsStorage = false;
  /** @ignore Whether a task may, so that it has to be asked for. In debug mode as well: such a task is made where more is looked at. */
  _mayKeepStorage: boolean = anySnapshots();
  #exceptionHandler: ExceptionHandler | null = null;
  readonly #logger: Logger;
  /** @ignore Hears of each task that is cancelled; null if nobody wants to. */
  _onCancel: ((task: AnyTask) => void) | null = null;
  /** @ignore Tasks of what belongs to no task: awaits of functions that nobody awaits. What ends a program waits for them. */
  readonly _loose: Set<Task<unknown>> = new Set();

  /** Makes a loop on an adapter. */
  constructor(options: BaseEventLoopOptions) {
    const { adapter } = options;
    super(adapter);
    if (adapter.marks !== undefined) askForMarks(() => adapter);
    this.#logger = options.logger ?? console;
    if (options.debug === true) this.#debug(true);
    if (options.asyncLocalStorage === true) this._keepsStorage = this._mayKeepStorage = expectSnapshots();
  }

  /** Milliseconds on the loop's clock, which never goes backwards and starts anywhere. */
  time(): number {
    return this._adapter.now();
  }

  /**
   * Runs until {@linkcode Scheduler.stop} is called.
   *
   * @throws {RuntimeError} if the loop is closed or running, or another loop runs the caller
   */
  async runForever(): Promise<void> {
    this._checkStartable();
    this._mayKeepStorage ||= anySnapshots();
    await this._start();
  }

  /**
   * Runs until a coroutine, awaitable or future is done; returns its result or throws its exception.
   *
   * @throws {RuntimeError} as {@linkcode BaseEventLoop.runForever}, or if the loop was stopped before
   * @throws {TypeError} if it is nothing to run, or its result is a Task or another awaitable of the module
   */
  async runUntilComplete<T>(source: TaskSource<T> | Future<T>): Promise<T> {
    this._checkStartable();
    const future = isFuture(source) ? source as Future<T> : this.createTask(source as TaskSource<T>);
    if (future._loop !== this) {
      throw new RangeError(`Cannot run ${future} on ${this}: it belongs to another loop. Run it on its own.`);
    }
    const stop = () => {
      // A KeyboardInterrupt has left the loop already; stopping once more would cut the next run short.
      if (future._state < FAILED || !(future._value instanceof KeyboardInterrupt)) this.stop();
    };
    future.addDoneCallback(stop);
    this._main = future as Future<unknown>;
    try {
      await this.runForever();
    } finally {
      this._main = null;
      future.removeDoneCallback(stop);
    }
    if (!future.done()) {
      throw new RuntimeError(
        `${this} was stopped before ${future} was done. Call stop() after it, or use runForever().`,
      );
    }
    const result = future.result();
    if (isFuture(result) || isCoroutine(result)) {
      throw new TypeError(
        `Cannot give ${
          result instanceof Task ? "a Task" : "an awaitable"
        } out of the loop: it belongs to a loop that has stopped. ` +
          "Await it inside and return its result.",
      );
    }
    return result;
  }

  /** Whether {@linkcode BaseEventLoop.close} was called. */
  isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Closes the loop for good: what is queued is dropped. Closing twice is harmless.
   *
   * @throws {RuntimeError} if the loop is running
   */
  close(): void {
    if (this.isRunning()) {
      throw new RuntimeError(`Cannot close ${this}: it is running. Stop it and await runForever() first.`);
    }
    if (this.#closed) return;
    this.#closed = true;
    this._forget();
    this._turnEnded();
    reportUnread(this._unread);
  }

  /** Closes the loop; for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Calls back in the next iteration, after what is queued already.
   *
   * @throws {RuntimeError} if the loop is closed
   * @throws {TypeError} if the callback is not a plain function
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle {
    if (this.#closed) this._checkClosed();
    checkCallback(callback, "callSoon");
    const handle = new Handle(this, callback as Callback, args);
    if (this._debug) noteMade(handle);
    this._schedule(handle);
    return handle;
  }

  /**
   * The same as {@linkcode BaseEventLoop.callSoon}: host callbacks share the loop's thread, and a parked loop wakes for either.
   * Kept for code that says where it is called from.
   *
   * @throws {RuntimeError} if the loop is closed
   * @throws {TypeError} if the callback is not a plain function
   */
  callSoonThreadsafe<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle {
    if (!this._debug) return this.callSoon(callback, ...args);
    debugging.isThreadsafe = true;
    try {
      return this.callSoon(callback, ...args);
    } finally {
      debugging.isThreadsafe = false;
    }
  }

  /**
   * Calls back after `delay` milliseconds, never earlier. Negative counts as due; `Infinity` is allowed.
   *
   * @throws {RuntimeError} if the loop is closed
   * @throws {TypeError} if the delay is not a number, or the callback not a plain function
   * @throws {RangeError} if the delay is NaN
   */
  callLater<A extends unknown[]>(delay: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    checkTime(delay, "delay", "callLater");
    return this.#callAt(this._adapter.now() + delay, callback as Callback, args, "callLater");
  }

  /**
   * Calls back at a time of {@linkcode BaseEventLoop.time}, in milliseconds.
   *
   * @throws {RuntimeError} if the loop is closed
   * @throws {TypeError} if the time is not a number, or the callback not a plain function
   * @throws {RangeError} if the time is NaN
   */
  callAt<A extends unknown[]>(when: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    checkTime(when, "time", "callAt");
    return this.#callAt(when, callback as Callback, args, "callAt");
  }

  #callAt(when: number, callback: Callback, args: readonly unknown[], where: string): TimerHandle {
    this._checkClosed();
    checkCallback(callback, where);
    const handle = new TimerHandle(this, callback, args);
    if (this._debug) noteMade(handle);
    this._scheduleAt(handle, when);
    return handle;
  }

  /** Makes a future of this loop. */
  createFuture<T>(): Future<T> {
    const future = new Future<T>(this);
    if (this._debug) noteMade(future);
    return future;
  }

  /**
   * Makes a task of a coroutine, a lazy awaitable, or a generator or async function. Its first step is taken in the next iteration,
   * unless it starts eagerly.
   *
   * @throws {RuntimeError} if the loop is closed
   * @throws {TypeError} if the source is not one of these
   */
  createTask<T>(source: TaskSource<T>, options?: CreateTaskOptions): Task<T> {
    if (this.#closed) this._checkClosed();
    if (this.#taskFactory !== null) return this.#taskFactory(this, source, options);
    return options === undefined ? new Task<T>(source, this) : new Task<T>(source, this, options);
  }

  /**
   * Sets what makes the tasks; null for the default. It gets the loop, the source and the options of each. What an async function awaits is a
   * part of the function's task, so no factory is called for that.
   *
   * @throws {TypeError} if it is neither a function nor null
   */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function") {
      throw new TypeError(
        `Cannot set ${describeKind(factory)} as the task factory: give a function, or null for the default.`,
      );
    }
    this.#taskFactory = factory;
  }

  /** What makes the tasks; null for the default. */
  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /**
   * Sets who hears of errors that reach nobody else; null for the default, which writes them to the console.
   *
   * @throws {TypeError} if it is neither a function nor null
   */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function") {
      throw new TypeError(`Cannot set ${describeKind(handler)} as the exception handler: give a function, or null.`);
    }
    this.#exceptionHandler = handler;
  }

  /** Who hears of errors; null for the default. */
  getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  /** Writes an error's context to the console. */
  defaultExceptionHandler(context: ExceptionContext): void {
    printException(context, this.#logger);
  }

  /** Tells the exception handler. Never throws: a handler that fails is reported by the default one. */
  callExceptionHandler(context: ExceptionContext): void {
    const owner = (context.task ?? context.future ?? context.handle) as Partial<ContextOwner> | undefined;
    const previous = current.owner;
    if (owner?._context !== undefined) current.owner = owner as ContextOwner;
    try {
      if (this.#exceptionHandler === null) this.defaultExceptionHandler(context);
      else this.#exceptionHandler(this, context);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.#reportFailedHandler(error, context);
    } finally {
      current.owner = previous;
    }
  }

  #reportFailedHandler(exception: unknown, context: ExceptionContext): void {
    const failure = { message: "Unhandled error in exception handler", exception, context };
    try {
      this.defaultExceptionHandler(failure);
    } catch {
      // The default one is overridden and fails as well: what it was to say is written without it.
      printException(context, this.#logger);
      printException(failure, this.#logger);
    }
  }

  /**
   * Tells an instrument what the loop does, from now on; one that is told already is not told twice. `Instrument` is a class of `./inspect`.
   *
   * @throws {TypeError} if it is not an Instrument
   */
  addInstrument(instrument: Instrument): void {
    if (typeof instrument?.addTo === "function") return instrument.addTo(this);
    throw new TypeError(
      `Cannot add ${describeKind(instrument)} as an instrument: give an Instrument of "@loop/asyncio/inspect".`,
    );
  }

  /** Tells an instrument nothing more; returns whether it was told before. */
  removeInstrument(instrument: Instrument): boolean {
    return this._observer?.remove(instrument) ?? false;
  }

  /** Whether debug mode is on. */
  getDebug(): boolean {
    return this._debug;
  }

  /** Switches debug mode. */
  setDebug(enabled: boolean): void {
    this.#debug(enabled);
  }

  #debug(enabled: boolean): void {
    this._setDebug(enabled);
    this._mayKeepStorage = enabled || anySnapshots();
  }

  /** What warnings are written to, and the errors that no exception handler takes; `console` unless the loop was made with another. */
  get logger(): Logger {
    return this.#logger;
  }

  /** Readable form. */
  override toString(): string {
    return `<${this.constructor.name} running=${this.isRunning()} closed=${this.#closed} debug=${this._debug}>`;
  }

  /** @ignore Checked before anything is made that would be left over. */
  _checkStartable(): void {
    this._checkClosed();
    if (this.isRunning()) throw new RuntimeError(`Cannot run ${this}: it is running already.`);
    if (runningLoop() !== null) {
      throw new RuntimeError(
        `Cannot run ${this} inside another loop's task or callback. Await the coroutine there, or start the loop from outside.`,
      );
    }
  }

  /** @ignore */
  _checkClosed(): void {
    if (this.#closed) {
      throw new RuntimeError(`Cannot use ${this}: it is closed. Make another with newEventLoop(), or call run().`);
    }
  }

  /** @ignore Reports an error from a callback, in that callback's context. */
  _reportFrom(owner: ContextOwner, context: ExceptionContext): void {
    const previous = current.owner;
    current.owner = owner;
    try {
      this.callExceptionHandler(context);
    } finally {
      current.owner = previous;
    }
  }

  /** @ignore Whether a step that took so many milliseconds is nobody's mistake. */
  mayBeSlow(_took: number): boolean {
    return false;
  }

  /** @ignore */
  _reportSlow(what: object, took: number): void {
    if (this.mayBeSlow(took)) return;
    this.#logger.warn(
      `Executing ${what} took ${
        took.toFixed(1)
      } ms. It kept everything else waiting; split it by sleep(0), or do it in a thread, by ` +
        `toThread().${debugging.hooks?.madeAt(what) ?? ""}`,
    );
  }

  /** @ignore A future has failed; looked at again at the end of the turn. */
  _failed(future: Future<unknown>): void {
    this.#failed.push(future);
  }

  /** @ignore */
  _turnEnded(): void {
    if (this._observer !== null) this._observer.flush();
    if (this.#failed.length === 0) return;
    const failed = this.#failed;
    this.#failed = [];
    const unread = failed.filter(({ _state }) => _state === UNREAD);
    if (unread.length > 0) watchUnread(this, unread);
    // A collector that scans the stack may take a leftover there for the list, and with it keep all that was in it.
    failed.length = unread.length = 0;
  }

  /** @ignore */
  _register(task: Task<unknown>): void {
    this.#tasks.add(task);
    if (this._observer !== null) this._observer.created(task);
  }

  /** @ignore */
  _unregister(task: Task<unknown>): void {
    this.#tasks.remove(task);
    if (this._observer !== null) this._observer.ends(task);
  }

  /** @ignore */
  _unfinished(): Set<Task<unknown>> {
    return this.#tasks.toSet() as Set<Task<unknown>>;
  }
}
