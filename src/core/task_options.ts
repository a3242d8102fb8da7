/**
 * What a task may be made with: its name, its context, its hooks, and a signal.
 *
 * @module
 */
import { runningTask, takeSnapshot } from "./current_code.ts";
import { type Context, enterContext } from "./context.ts";
import type { AnyTask, Loop, Stepper, Vars } from "./contract.ts";
import { isAsync, noteMade, runningLoops } from "./current.ts";
import { HAS_HOOKS } from "./step.ts";
import { CancelledError } from "./errors.ts";
import { describeKind } from "./repr.ts";

/**
 * The options of {@linkcode createTask} and of everything else that makes a task. Tasks are made often, so a name that is no option is not looked
 * for: it is ignored, where other functions of the module refuse it. The compiler refuses it.
 *
 * @category Tasks and futures
 */
export interface CreateTaskOptions {
  /** A name for people; `Task-N` by default. */
  readonly name?: string | undefined;
  /** The context to run in; by default a copy of the current one. */
  readonly context?: Context | undefined;
  /**
   * Takes the first step at once, inside the call, if the loop runs. A task that ends in it never meets the loop.
   * False by default.
   *
   * An async function runs at once up to its first `await`, and no further, whatever that awaits: JavaScript cannot go past it. So its task is
   * never done when the call returns, and where a coroutine would go on in the same step, the function does after the caller's.
   */
  readonly eagerStart?: boolean | undefined;
  /** Cancels the task when it aborts, with the reason as message. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Runs each step of a coroutine with every AsyncLocalStorage as it is now: for frameworks that keep their context there. An async function
   * has them anyway. By default true if the loop has the option, or the task in which it is made; else false, which costs nothing.
   */
  readonly asyncLocalStorage?: boolean | undefined;
}

/** One object for each task that has any. A task without hooks pays nothing for those that have them. */
export interface TaskHooks {
  /** Whether the strands of the task carry each AsyncLocalStorage as well. It does not change while the task lives. */
  readonly carriesStorage: boolean;
  /** Whether it takes its first step as soon as it is made, before anything else happens. */
  readonly beginsAtOnce?: boolean;
  /**
   * What runs each step of the task, most often with each AsyncLocalStorage as it was somewhere; null if nothing does. It is read before
   * each step, and set in the middle of one for those that come.
   */
  aroundStep: AroundStep | null;
  /**
   * Makes the context variables, when somebody reads them for the first time; the task keeps them. Null for a task that has those of where
   * it is made, or of its context.
   */
  readonly makeVars: (() => Vars) | null;
  /** Returns the name of the task. It may be made when it is first asked for. */
  getName(): string;
  /** Sets the name, as `Task.setName()` does. */
  setName(name: string): void;
  /**
   * The coroutine has returned. It is called last: the state of the task is set, and those who wait are scheduled. The value is lost if the
   * task was cancelled in its last step: see `task.cancelled()`. It may not throw, and is not run by
   * `aroundStep`.
   */
  returned(task: AnyTask, value: unknown): void;
  /** The coroutine has thrown; as `returned`. A KeyboardInterrupt leaves the loop after that. */
  raised(task: AnyTask, error: unknown): void;
}

/** Calls a function, and returns what that returns. */
export type AroundStep = <R>(step: () => R) => R;

/**
 * Options that no user can write: they give a task its hooks, and leave it to its maker to begin it. Few programs have any, so what makes them is
 * in `lazy_internal.ts`.
 */
export interface HookedOptions extends CreateTaskOptions {
  /** Takes the task with all else that the options ask for. */
  readonly "~takeTask"?: (task: AnyTask) => void;
}

/** Of a task that has none but what runs its steps: each AsyncLocalStorage as it was when the task was made, where nothing else is said. */
export class StepHooks implements TaskHooks {
  readonly carriesStorage: boolean = true;
  readonly makeVars = null;
  aroundStep: AroundStep | null = null;
  #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  getName(): string {
    return this.#name;
  }

  setName(name: string): void {
    this.#name = name;
  }

  returned(): void {}

  raised(): void {}
}

/**
 * Takes the snapshot for the steps that come, unless the first one has set it. An eager first step is in the right storage as it is, and is most
 * often the last one.
 */
export function keepStorage(hooks: TaskHooks): void {
  hooks.aroundStep ??= takeSnapshot() as AroundStep;
}

let expected = false;

/** Whether there may be a task of the kind: until then nobody looks for one. */
export function anySnapshots(): boolean {
  return expected;
}

/** There will be such tasks; loops that run already are told. */
export function expectSnapshots(): true {
  if (!expected) { for (const loop of runningLoops()) loop._mayKeepStorage = true; }
  return expected = true;
}

/** Refuses what does not abort. */
export function checkAbortSignal(signal: unknown, where: string): void {
  if (typeof (signal as AbortSignal | null)?.addEventListener === "function") return;
  throw new TypeError(`Cannot call ${where}() with ${describeKind(signal)} as its signal: give an AbortSignal.`);
}

/** Begins a task that has its context and its name as the rest of the options says. */
export function beginWith(task: AnyTask, options: CreateTaskOptions): void {
  const { context, eagerStart, signal } = options;
  if (signal !== undefined) checkAbortSignal(signal, "createTask");
  const loop = task._loop;
  if (loop._debug) noteMade(task);
  if (keepsStorage(options, loop)) {
    task._name = new StepHooks(typeof task._name === "number" ? `Task-${task._name}` : task._name as string);
    task._flags |= HAS_HOOKS;
  }
  const eager = eagerStart === true && loop.isRunning();
  if (eager && context?._entered) enterContext(context);
  task._enlist();
  task._begin(eager);
  if (signal !== undefined && !task.done()) cancelOnAbort(task, signal);
}

/** Whether a task is to be such a one: its options say so, or else the loop, or the task in which it is made: its children are like it. */
function keepsStorage(options: CreateTaskOptions, loop: Loop): boolean {
  const keeps = options.asyncLocalStorage ?? (loop._keepsStorage || runningTask()?._carriesStorage() === true);
  return keeps && expectSnapshots();
}

const controllers = new WeakMap<Stepper, AbortController>();
/** Those that are aborted, or will be soon. */
const ending = new WeakSet<AbortController>();

/** The signal of a task or strand. It is a new one if the last ended by a cancel that has been taken back since. */
export function signalOf(stepper: Stepper): AbortSignal {
  let controller = controllers.get(stepper);
  if (controller === undefined || (ending.has(controller) && stepper.cancelling() === 0)) {
    controller = new AbortController();
    controllers.set(stepper, controller);
    if (stepper.cancelling() > 0) {
      ending.add(controller);
      controller.abort(new CancelledError());
    }
  }
  return controller.signal;
}

/**
 * Aborts the signal of a task or strand that is being cancelled. The listeners are code of the task, which `cancel()` never
 * runs, so the loop does it in the next iteration.
 */
export function abortSignalOf(stepper: Stepper, message: string | undefined): void {
  const controller = controllers.get(stepper);
  if (controller === undefined || ending.has(controller)) return;
  ending.add(controller);
  const loop = stepper._loop;
  const abort = {
    _owner: stepper._root,
    _run() {
      const task = stepper._root;
      if (task.done() && !task.cancelled()) return;
      controller.abort(new CancelledError(message));
      // What async code awaits of the host may reject now.
      if (isAsync(stepper._waiter)) stepper._waiter.signalAborted();
    },
  };
  // Async code that is not heard of may still go on in microtasks: its next await must not be taken for the answer to this.
  if (isAsync(stepper._waiter) && stepper._waiter.onlyAwait() === null) {
    loop._adapter.hop(() => loop._schedule(abort));
  } else loop._schedule(abort);
}

/** Cancels a task when a signal aborts. It listens until the task is done. */
export function cancelOnAbort(task: AnyTask, signal: AbortSignal): void {
  const abort = () => {
    const { reason } = signal;
    task.cancel(reason instanceof Error ? reason.message : reason === undefined ? undefined : String(reason));
  };
  if (signal.aborted) {
    abort();
    return;
  }
  const loop = task._loop;
  loop._abortable++;
  signal.addEventListener("abort", abort, { once: true });
  task.addDoneCallback(() => {
    loop._abortable--;
    signal.removeEventListener("abort", abort);
  });
}
