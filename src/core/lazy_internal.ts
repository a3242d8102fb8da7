/**
 * The same as `internal.ts` for lazy parts alone: a file of its own, so that no program loads it at once.
 *
 * @module
 */
import { AsyncRun, HERE } from "./async_run.ts";
import { Awaiter } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { CancelledError } from "./errors.ts";
import { Context, unreadVars } from "./context.ts";
import type {
  AnyFuture,
  AnyTask,
  ContextOwner,
  Loop,
  LoopObserver,
  Parkable,
  Runnable,
  Stepper,
  Timed,
  Vars,
} from "./contract.ts";
import type { ExceptionContext } from "./exception_reports.ts";
import type { Choose } from "./fairness.ts";
import type { TaskSource } from "./coroutine.ts";
import { CANCELLED, FAILED, type Future, PENDING, RESOLVED } from "./future.ts";
import { noteMade } from "./current.ts";
import { captureFrame, type Frame, runInFrame, takeSnapshot } from "./current_code.ts";
import { DoneCallback, Handle } from "./handle.ts";
import { HAS_HOOKS } from "./step.ts";
import { Task } from "./task.ts";
import { type AroundStep, type HookedOptions, StepHooks, type TaskHooks } from "./task_options.ts";

/** The host is in a task of its own, as for a socket that it has just looked at: it starves nobody. */
export function inHostTask(loop: BaseEventLoop): void {
  loop._inHostTask();
}

/** Calls back in the host's next task. */
export function inNextHostTask(loop: Loop, callback: () => void): void {
  loop._adapter.hop(callback);
}

/** Runs something of this loop's now, in code of the host. What it schedules is run by the turn that it wakes. */
export function runInside<R>(loop: Loop, callback: () => R): R {
  return loop._runInside(callback);
}

/** From now on somebody is asked which entry of a batch is next. */
export function letChoose(loop: BaseEventLoop, choose: Choose): void {
  loop._letChoose(choose);
}

/** Who is notified of what a loop does; null if nobody is. */
export function observerOf(loop: Loop): LoopObserver | null {
  return loop._observer;
}

/** How many entries run in the next iteration, and how many timers there are. */
export function queuedIn(loop: BaseEventLoop): { readonly ready: number; readonly timers: number } {
  return loop._queued();
}

/** Whether a loop that runs keeps the process from ending though nothing else does; it does unless it is told otherwise. */
export function keepsAlive(loop: BaseEventLoop, keeps: boolean): void {
  loop._keepAlive(keeps);
}

/** What `runUntilComplete()` waits for; null if a loop runs for ever, or does not run. */
export function mainOf(loop: BaseEventLoop): Future<unknown> | null {
  return loop._main;
}

/** How many tasks of a loop an AbortSignal of others may cancel. */
export function abortableIn(loop: BaseEventLoop): number {
  return loop._abortable;
}

/** Lets an error leave the loop before anything else runs. */
export function throwSoon(loop: BaseEventLoop, error: unknown): void {
  loop._throwSoon(error);
}

/** What such an entry has waited for; null if that is not known any more. */
export function awaitedByEntry(entry: Runnable): object | null {
  if (entry instanceof Awaiter) return entry.awaited;
  return (entry as Stepper)._waiter ?? null;
}

/** The future whose callback an entry is; null if it is not a callback of a future. */
export function futureOfEntry(entry: Runnable): object | null {
  return entry instanceof DoneCallback ? entry._future : null;
}

/** What an entry calls, if it is a callback that is not cancelled: a function of whoever asked for it; null for all else. */
export function callbackOfEntry(entry: Runnable): ((...args: never[]) => unknown) | null {
  return entry instanceof DoneCallback || entry instanceof Handle ? entry._callback : null;
}

/** Tells the exception handler of what has failed in a context. */
export function reportFrom(loop: BaseEventLoop, owner: ContextOwner, context: ExceptionContext): void {
  loop._reportFrom(owner, context);
}

/** Forgets a task that will never end: nobody waits for it any more. */
export function forgetTask(loop: BaseEventLoop, task: Task<unknown>): void {
  loop._unregister(task);
}

/** The loop of a handle. */
export function loopOfHandle(handle: Handle): BaseEventLoop {
  return handle._loop as BaseEventLoop;
}

/** All that has to be done before a future that is no task; null if that is not known. */
export function neededBy(future: AnyFuture): Iterable<AnyFuture> | null {
  const needed = future._value as Iterable<AnyFuture> | undefined;
  return future._state === PENDING && typeof needed === "object" ? needed : null;
}

/** Whether a future is done and has an exception, be it thrown or only stored. */
export function hasFailed(future: Future<unknown>): boolean {
  return future._state >= FAILED;
}

/** The state of a future, in a word. */
export function stateOf(future: Future<unknown>): "pending" | "resolved" | "failed" | "cancelled" {
  const state = future._state;
  return state === PENDING ? "pending" : state === RESOLVED ? "resolved" : state === CANCELLED ? "cancelled" : "failed";
}

/** Whether a cancel that was asked for waits to be thrown where somebody goes on. */
export function owesCancel(stepper: Stepper): boolean {
  return stepper._owes() !== null;
}

/** Takes the cancels that wait to be thrown: the error to throw for them, or undefined if there are none. */
export function takeOwedCancel(stepper: Stepper): CancelledError | undefined {
  return stepper._takeOwed();
}

/** The variables of a context, a task or a handle, as they are now. */
export function varsIn(owner: AnyTask | Context): Vars | Context {
  return owner._context as Vars | Context;
}

/** The same, where the host does nothing more in that task: an entry runs at once if the loop has nothing else to do. */
export function scheduleAtEndOfHostTask(loop: BaseEventLoop, entry: Runnable): void {
  loop._scheduleAtEndOfHostTask(entry);
}

/** A context with variables that are known already. */
export function contextWith(vars: Vars): Context {
  const context = new Context();
  context._context = vars;
  return context;
}

/** The task that is stepped, or of which a strand is a part. */
export function taskOf(stepper: Stepper): Task<unknown> {
  return stepper._root as Task<unknown>;
}

/** What a task, or a strand of one, waits for; null if it can go on or is done. */
export function waitsFor(stepper: Stepper): Parkable | null {
  return stepper._waiter;
}

/** When a timer or a sleep is due, on the loop's clock; null for what has no time. */
export function dueAt(timed: object): number | null {
  const { _when } = timed as Partial<Timed>;
  return _when ?? null;
}

/** The options of a task that has hooks. */
class TaskHooksOptions implements HookedOptions {
  readonly context: Context | undefined;
  readonly #hooks: TaskHooks;

  constructor(hooks: TaskHooks, context: Context | undefined) {
    this.#hooks = hooks;
    this.context = context;
  }

  "~takeTask"(task: AnyTask): void {
    if (task._loop._debug) noteMade(task);
    task._name = this.#hooks;
    task._flags |= HAS_HOOKS;
    task._enlist();
    if (this.#hooks.makeVars !== null) task._context = unreadVars();
  }
}

/**
 * Makes a task with hooks. The loop knows it, and so does the scope of the context that it is made in; its first step is taken when
 * {@linkcode beginTask} says so.
 */
export function createTaskWithHooks<T>(
  source: TaskSource<T>,
  loop: BaseEventLoop,
  hooks: TaskHooks,
  context?: Context,
): Task<T> {
  return new Task<T>(source, loop, new TaskHooksOptions(hooks, context));
}

/** Takes the first step of such a task: at once, inside whatever runs, if the loop runs and `eager` says so; else in the next iteration. */
export function beginTask(task: Task<unknown>, eager: boolean): void {
  task._begin(eager && task._loop.isRunning());
}

/** The hooks of a task, or null if it has none. */
export function hooksOf(task: Task<unknown>): TaskHooks | null {
  return typeof task._name === "object" ? task._name : null;
}

/** The hooks of a task that has no others, and whose steps run inside of something that is not each storage. */
class AroundHooks extends StepHooks {
  override readonly carriesStorage = false;
}

/**
 * Runs the steps of a task that was only made inside of something, such as what sets an AsyncLocalStorage. A task that carries each storage keeps what
 * that has set: what runs in its steps may set others.
 */
export function runAroundSteps(task: Task<unknown>, around: AroundStep): void {
  const hooks = hooksOf(task);
  const coro: unknown = task._coro;
  const run = coro instanceof AsyncRun && coro._frame !== HERE ? coro : null;
  // A function is called with what was there when it was made, whatever is around the step. An async one keeps that by itself.
  if (run !== null) run._frame = runInFrame(run._frame, undefined, () => around(captureFrame));
  if (hooks === null) {
    if (run !== null && Object.prototype.toString.call(run.source) === "[object AsyncFunction]") return;
    task._name = new AroundHooks(task.getName());
    task._name.aroundStep = around;
    task._flags |= HAS_HOOKS;
    return;
  }
  const before = hooks.aroundStep;
  if (!hooks.carriesStorage) {
    hooks.aroundStep = before === null ? around : (step) => before(() => around(step));
    return;
  }
  const take = () => around(takeSnapshot) as AroundStep;
  const made = before === null ? take() : before(take);
  // The first step may set some storage for those that come.
  const first: AroundStep = (step) =>
    made(() => {
      try {
        return step();
      } finally {
        if (hooks.aroundStep === first) hooks.aroundStep = takeSnapshot() as AroundStep;
      }
    });
  hooks.aroundStep = first;
}

/** Calls a function with each AsyncLocalStorage as where the loop was run, as code has it that nothing of the program has begun. */
export function runInFrameOf<R>(loop: Loop, callback: () => R): R {
  const { _frame } = loop;
  return _frame === null ? callback() : runInFrame(_frame as Frame, undefined, callback);
}
