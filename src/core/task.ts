/**
 * A coroutine that the loop runs.
 *
 * @module
 */
import type { ContextOwner, CoroutineObject, Parkable, Stepper, TaskCounter, Vars } from "./contract.ts";
import { currentStepper, runningTask, steppedTask } from "./current_code.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { type Call, type TaskSource, toCoroutine } from "./coroutine.ts";
import { cancelTask, deliverOwed, forgetCancel, oweCancel, takeOwnCancel } from "./cancel.ts";
import { debugging } from "./current.ts";
import { Context, contextFrom, contextOf, enterContext, joinScope, NO_VARS, snapshotVars } from "./context.ts";
import { CancelledError, KeyboardInterrupt, RuntimeError } from "./errors.ts";
import { CANCELLED, FAILED, Future, PENDING, RESOLVED } from "./future.ts";
import { describeTask, describeValue, stackOf } from "./repr.ts";
import {
  COUNTED,
  ENDED_EAGERLY,
  HAS_HOOKS,
  HAS_SIGNAL,
  IS_GENERATOR,
  MUST_CANCEL,
  requestsIn,
  SAME_STEP,
  step,
  withRequests,
} from "./step.ts";
import { generatorNext } from "./suspend.ts";
import {
  beginWith,
  type CreateTaskOptions,
  type HookedOptions,
  keepStorage,
  signalOf,
  type TaskHooks,
} from "./task_options.ts";

/** Numbers the tasks that were given no name, in the whole process. */
let unnamed = 0;

/**
 * A coroutine or async function that the loop runs, and the future of its result. Made by {@linkcode createTask} or a task group. What it
 * awaits of this module is a part of the task, in either form.
 *
 * A Task has a `then`: an async function that returns one returns the task's result, not the Task itself.
 *
 * @example Start two things, then wait for both
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const one = createTask(sleep(2, "one"));
 *   const two = createTask(sleep(1, "two"));
 *   assertEquals([yield* one, yield* two], ["one", "two"]);
 * });
 * ```
 *
 * @category Tasks and futures
 */
export class Task<T> extends Future<T> {
  // All of these have a value here, though the constructor sets some. JavaScriptCore makes room in an object for those fields that have one, and has
  // a second object for the rest. `_value` is among them to make as many as a task has: those that the constructor of a Future sets do not count.
  /** @ignore */
  override _value: unknown = undefined;
  /** @ignore */
  _coro: CoroutineObject<T> = null as never;
  /** @ignore */
  _context: Vars | Context = NO_VARS;
  /** @ignore What it waits for. */
  _waiter: Parkable | null = null;
  /** @ignore The innermost coroutine that `call` runs on this task's own stack. */
  _call: Call<unknown> | null = null;
  /** @ignore A number stands for the name `Task-N`, made when somebody reads it. Hooks have the name themselves. */
  _name: string | number | TaskHooks = 0;
  /** @ignore See `step.ts`. */
  _flags = 0;
  /** @ignore Neighbours in the loop's list of unfinished tasks. */
  _previous: Task<unknown> | null = null;
  /** @ignore */
  _next: Task<unknown> | null = null;

  /**
   * Makes a task of a loop, which takes its first step in the loop's next iteration. For subclasses and task factories;
   * everyone else calls {@linkcode createTask}.
   *
   * @throws {TypeError} if the source is nothing to run, or the context is not a Context
   * @throws {RuntimeError} if it is to start eagerly in a context that is entered already
   */
  constructor(source: TaskSource<T>, loop: BaseEventLoop, options?: CreateTaskOptions) {
    super(loop);
    this._coro = toCoroutine(source, "make a task of");
    if (this._coro.next === generatorNext) this._flags = IS_GENERATOR;
    if (options !== undefined || loop._mayKeepStorage) {
      configure(this as Task<unknown>, options ?? {});
      return;
    }
    this._context = snapshotVars();
    this._name = ++unnamed;
    this._enlist();
    loop._schedule(this);
  }

  /** @ignore The loop knows it from now on, and so does the scope of its context. */
  _enlist(): void {
    if (this._context !== NO_VARS) joinScope(this as Task<unknown>);
    this._loop._register(this as Task<unknown>);
  }

  /** @ignore Takes the first step, now or in the next iteration. */
  _begin(eager: boolean): void {
    if (!eager) this._loop._schedule(this);
    else if (this._loop._observer === null) startEagerly(this as Task<unknown>);
    // Who is notified of the step is called on the loop.
    else this._loop._runInside(() => startEagerly(this as Task<unknown>));
    const name = this._name;
    if (typeof name === "object" && name.carriesStorage && this._state === PENDING) keepStorage(name);
  }

  /** The name; `Task-N` if none was given. */
  getName(): string {
    const name = this._name;
    if (typeof name === "object") return name.getName();
    return typeof name === "string" ? name : this._name = `Task-${name}`;
  }

  /** Sets the name; it is for people, and need not be unique. */
  setName(name: string): void {
    if (typeof this._name === "object") this._name.setName(String(name));
    else this._name = String(name);
  }

  /** The coroutine that it runs; null if that ended in an eager first step. */
  getCoro(): object | null {
    if ((this._flags & ENDED_EAGERLY) !== 0) return null;
    return this._call === null ? this._coro : this._call.outermost();
  }

  /**
   * Where it is, as `work (file:///main.ts:3:5)`, the oldest first: its coroutine and those that it awaits by `yield*`, or what runs in it just now.
   * If it has failed, the frames of its error; if it has returned or was cancelled, none. Engines show no stack of an async function that waits.
   *
   * @param limit how many to return at most: the newest of a stack, the oldest of an error; null, the default, for all
   * @throws {RangeError} if the limit is not a number of frames
   */
  getStack(limit: number | null = null): string[] {
    if (limit !== null && !(limit >= 0 && limit === Math.floor(limit))) {
      throw new RangeError(`Cannot get ${describeValue(limit)} frames of ${this}: give a number, or null for all.`);
    }
    return stackOf(this as Task<unknown>, runningTask() === (this as unknown), limit ?? Infinity);
  }

  /**
   * Writes what {@linkcode Task.getStack} returns.
   *
   * @param limit how many frames at most
   * @param write gets the text; `console.error` by default
   * @throws {RangeError} if the limit is not a number of frames
   */
  printStack(limit: number | null = null, write: (text: string) => unknown = console.error): void {
    const frames = this.getStack(limit).map((frame) => `  ${frame}`);
    const failed = this._state >= FAILED;
    if (failed) frames.push(describeValue(this._value));
    const kind = frames.length === 0 ? "No stack" : failed ? "Traceback" : "Stack";
    write([`${kind} for ${this}${frames.length === 0 ? "" : " (most recent call last):"}`, ...frames].join("\n"));
  }

  /** The context that every step runs in. */
  getContext(): Context {
    const made = !(this._context instanceof Context);
    const context = contextOf(this);
    // Made in the middle of a step, it is entered from now on, as if it had been there at the start.
    if (made && steppedTask() === (this as Task<unknown>)) context._entered = true;
    return context;
  }

  /**
   * Aborts when the task is cancelled, with the CancelledError as its reason: for `fetch` and everything else that takes a
   * signal. Made at the first request.
   *
   * Read in something that an async function awaits, such as the body of a `timeout`, it is the signal of that. It aborts as well when that
   * alone is cancelled, as in `Promise.all([timeout(…), timeout(…)])`.
   *
   * In an async function, a promise that rejects as soon as the signal aborts is how the function hears of the cancel. After one that rejects
   * later, the cancel is thrown once more at the next `await` of this module; {@linkcode fromPromise} has no such doubt.
   */
  get signal(): AbortSignal {
    const here = currentStepper();
    const stepper = here !== null && here._root === (this as unknown) ? here : this as Task<unknown>;
    stepper._flags |= HAS_SIGNAL;
    return signalOf(stepper);
  }

  /**
   * Asks the task to end: a {@linkcode CancelledError} with the message is thrown where it waits, in one of the next
   * iterations and never at once. An async function that waits for a promise of the host gets it later: at its next `await` of this module,
   * or at its end.
   *
   * @returns false if it is done already
   */
  override cancel(message?: string): boolean {
    if (this._state !== PENDING) {
      this._markRead();
      return false;
    }
    cancelTask(this as Task<unknown>, message);
    return true;
  }

  /** How many cancels were asked for, less those taken back by {@linkcode Task.uncancel}. */
  cancelling(): number {
    return requestsIn(this._flags);
  }

  /** Takes one cancel back and returns how many are left; when none is left, one that was not delivered yet is dropped. */
  uncancel(): number {
    const requests = requestsIn(this._flags);
    if (requests === 0) return 0;
    this._flags = withRequests(this._flags, requests - 1);
    if (requests === 1 && this._state === PENDING) forgetCancel(this as Task<unknown>);
    return requests - 1;
  }

  /**
   * Not for tasks: their result is what the coroutine returns.
   *
   * @throws {RuntimeError} always
   */
  override setResult(_value: T): never {
    throw new RuntimeError(`Cannot set a result on ${this}: a task's result is what its coroutine returns.`);
  }

  /**
   * Not for tasks: their exception is what the coroutine throws.
   *
   * @throws {RuntimeError} always
   */
  override setException(_exception: unknown): never {
    throw new RuntimeError(`Cannot set an exception on ${this}: a task's exception is what its coroutine throws.`);
  }

  /** @ignore */
  _run(): void {
    if (this._context instanceof Context) {
      stepIn(this._context, this as Task<unknown>);
    } else {
      step(this as Task<unknown>);
      // Asked for in the middle of the step, the context was made as an entered one.
      if (this._context instanceof Context) this._context._entered = false;
    }
  }

  /** @ignore Whether its steps run with each AsyncLocalStorage of where it was made. */
  _carriesStorage(): boolean {
    return typeof this._name === "object" && this._name.carriesStorage;
  }

  /** @ignore The context variables, if they are made only now. */
  _makeVars(): Vars {
    return this._context = ((this._name as TaskHooks).makeVars as () => Vars)();
  }

  /** @ignore */
  _stepNow(): void {
    this._run();
  }

  /** @ignore */
  get _root(): Task<unknown> {
    return this as Task<unknown>;
  }

  /** @ignore Its context is that of everything in its steps. */
  get _owner(): ContextOwner {
    return this;
  }

  /** @ignore An async function that it waited for has ended: it goes on within the step of that. */
  _goOn(throwsOwed: boolean): void {
    if (!throwsOwed) this._flags |= SAME_STEP;
    this._loop._stepInside(this as Task<unknown>);
  }

  /** @ignore Notes what the task waits for, once that knows the task. */
  _waitOn(waiter: Parkable): void {
    this._waiter = waiter;
    if ((this._flags & MUST_CANCEL) !== 0) deliverOwed(this as Task<unknown>, waiter);
  }

  /** @ignore */
  _owes(): Stepper | null {
    return (this._flags & MUST_CANCEL) !== 0 ? this as Task<unknown> : null;
  }

  /** @ignore */
  _takeOwed(): CancelledError | undefined {
    return takeOwnCancel(this as Task<unknown>);
  }

  /** @ignore */
  _inherit(message: string | undefined, requests: number): void {
    this._flags = withRequests(this._flags, requestsIn(this._flags) + requests);
    oweCancel(this as Task<unknown>, message);
  }

  /** @ignore */
  _isSole(): boolean {
    return true;
  }

  /** @ignore */
  _returned(value: T): void {
    this._loop._unregister(this as Task<unknown>);
    if ((this._flags & (MUST_CANCEL | HAS_HOOKS)) !== 0) return returnedUnusually(this as Task<unknown>, value);
    this._value = value;
    this._state = RESOLVED;
    if (this._waiters !== null) this._wake();
  }

  /** @ignore */
  override _wake(): void {
    if ((this._flags & COUNTED) !== 0) tellCounter(this as Task<unknown>);
    if (this._waiters !== null) super._wake();
  }

  /** @ignore */
  _raised(error: unknown): void {
    this._loop._unregister(this as Task<unknown>);
    this._flags &= ~MUST_CANCEL;
    if (error instanceof CancelledError) {
      this._value = error;
      this._state = CANCELLED;
      if (this._waiters !== null) this._wake();
    } else {
      if (this._loop._debug) debugging.hooks?.raised(error, this as Task<unknown>);
      this._fail(error);
    }
    const hooks = this._name;
    if (typeof hooks === "object") hooks.raised(this as Task<unknown>, error);
    if (error instanceof KeyboardInterrupt) {
      // It leaves the loop as well, so it has been heard; and it leaves the step by a way that nothing else takes.
      this._markRead();
      if (this._context instanceof Context) this._context._entered = false;
      throw error;
    }
  }

  /** Readable form, as CPython's repr. */
  override toString(): string {
    return describeTask(this as Task<unknown>);
  }

  /** @ignore */
  override _kind(): string {
    return "Task";
  }
}

// Functions and no private methods: engines note in each object of a class that it has those, which is a slot, and time when it is made.

/** Does what the options of a task ask for. */
function configure(task: Task<unknown>, options: CreateTaskOptions): void {
  task._context = contextFrom(options, "make a task");
  const { "~takeTask": takeTask } = options as HookedOptions;
  if (takeTask !== undefined) return takeTask.call(options, task);
  task._name = options.name === undefined ? ++unnamed : String(options.name);
  beginWith(task, options);
}

/** Takes the first step inside whatever runs. */
function startEagerly(task: Task<unknown>): void {
  task._loop._stepInside(task);
  if (task._state !== PENDING) task._flags |= ENDED_EAGERLY;
}

/** Takes a step in a context that is an object already. */
function stepIn(context: Context, task: Task<unknown>): void {
  enterContext(context);
  try {
    step(task);
  } finally {
    context._entered = false;
  }
}

/** Tells what counts the task, which is the first of its waiters. */
function tellCounter(task: Task<unknown>): void {
  const waiters = task._waiters;
  const counter = (Array.isArray(waiters) ? waiters.shift() : waiters) as TaskCounter;
  if (counter === waiters) task._waiters = null;
  counter.taskEnded(task);
}

/** The coroutine of a task has returned that was cancelled meanwhile, or has hooks. */
function returnedUnusually(task: Task<unknown>, value: unknown): void {
  if ((task._flags & MUST_CANCEL) !== 0) {
    // Cancelled during its last step: the value is lost, the message stays in `_value`.
    task._flags &= ~MUST_CANCEL;
    task._state = CANCELLED;
  } else {
    task._value = value;
    task._state = RESOLVED;
  }
  if (task._waiters !== null) task._wake();
  const hooks = task._name;
  if (typeof hooks === "object") hooks.returned(task, value);
}
