/**
 * The handler of a request while it runs: a plain or async function, and the coroutine that it may hand to its task.
 *
 * A framework stands between a server and the coroutine that answers: it is called, calls the coroutine's function somewhere
 * inside, and wants a value or a native promise from it. The coroutine is still stepped by the request's own task, so that
 * cancelling that reaches it: the task waits for the coroutine first, then for what the framework makes of its result.
 *
 * @module
 */
import { AsyncRun, type Named } from "../core/async_run.ts";
import { type Frame, takeMarkedSnapshot } from "../core/current_code.ts";
import { CancelledError, isCancelled } from "../core/errors.ts";
import { isCall, RESUME, SUSPEND, type Suspend, SUSPENDED } from "../core/suspend.ts";
import type { CoroutineObject, Parkable, Stepper } from "../core/contract.ts";
import { isResponse } from "../adapters/shared/response_kind.ts";
import { hooksOf, waitsFor } from "../core/lazy_internal.ts";
import { steppedTask } from "../core/running.ts";
import { current, NEXT_ITERATION } from "../core/current.ts";
import { loopOf, schedule } from "../core/internal.ts";
import { yieldsByHand } from "../core/misuse.ts";
import { throwNext } from "../core/step.ts";
import type { Task } from "../core/task.ts";
import type { AroundStep, TaskHooks } from "../core/task_options.ts";
import { discard } from "./fallback_responses.ts";

/** In what a run is unlike that of a handler. */
export interface RequestRunOptions {
  /** What an async function gets that awaits it, in the place of a part of its task. */
  readonly promise?: () => Promise<unknown>;
  /** Told of a cancel that the function does not hear yet, since it waits for something else. */
  readonly cancelUnheard?: (run: RequestRun, stepper: Stepper) => void;
  /** Told that the function has ended. */
  readonly ended?: () => void;
}

/** Makes what the caller of a coroutine gets of what that has returned, or of the error that it has thrown; may throw in turn. */
export type AdoptedEnd<C> = (value: unknown, hasFailed: boolean, task: Task<unknown>, context: C) => unknown;

/** A handler that is called, not stepped. Unlike the main function of a task it may return its result with no promise. */
export class RequestRun extends AsyncRun<unknown> {
  readonly #options: RequestRunOptions | undefined;
  #adopted: CoroutineObject<unknown> | null = null;
  /** What the coroutine's first step parked on, until the task takes it. */
  #parked: Parkable | null = null;
  #begun = false;
  /** What settles the promise of its result, and makes that. */
  #resolve: (value: unknown) => void = nobody;
  #reject: (error: unknown) => void = nobody;
  #end: AdoptedEnd<never> | null = null;
  #context: unknown = null;
  /** The task that steps the coroutine, also once the function has ended and it is no task's any more. */
  #adopter: Task<unknown> | null = null;
  /** The function has ended. */
  #over = false;

  /** `named` is the function that people know, if that is not the callback itself. */
  constructor(
    callback: () => unknown,
    where: string,
    named: Named = callback,
    options?: RequestRunOptions,
    frame?: Frame,
  ) {
    super(callback, where, named, frame);
    this.#options = options;
  }

  /** Who calls it hands it to a framework, which may go on by `then` alone. */
  override hasBegun(): boolean {
    return true;
  }

  override then<R1 = unknown, R2 = never>(
    onFulfilled?: ((value: unknown) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const promise = this.#options?.promise;
    return promise === undefined ? super.then(onFulfilled, onRejected) : promise().then(onFulfilled, onRejected);
  }

  override cancel(message?: string): boolean {
    if (super.cancel(message)) return true;
    const { stepper } = this;
    if (stepper !== null) this.#options?.cancelUnheard?.(this, stepper);
    return false;
  }

  /** Whether the task can take a coroutine here: it is in the function, or waits for it, and has none yet. */
  canAdopt(task: Task<unknown>): boolean {
    if (this.#adopted !== null || this.#over || this.task !== task) return false;
    return steppedTask() === task || waitsFor(task) === this;
  }

  /**
   * Runs a coroutine in the request's task, and returns what `end` makes of its result. Called within the function it takes the first step at
   * once, and if that is the last one what it returns is no promise. Called after an `await` of the function the first step is the loop's.
   */
  adopt<C>(task: Task<unknown>, coro: CoroutineObject<unknown>, end: AdoptedEnd<C>, context: C): unknown {
    this.#adopted = coro;
    this.#adopter = task;
    this.#begun = steppedTask() === task;
    if (this.#begun) {
      let result: IteratorResult<Suspend, unknown>;
      try {
        current.parked = null;
        result = coro.next();
      } catch (error) {
        this.#adopted = null;
        throw error;
      }
      if (result.done === true) {
        this.#adopted = null;
        const { value } = result;
        if (!(value instanceof Promise)) return end(value, false, task, context);
        return value.then((value) => end(value, false, task, context), (error) => end(error, true, task, context));
      }
      this.#parked = result.value === SUSPEND && current.parked || refusal(yieldsByHand(task, result.value));
      current.parked = null;
    } else {
      schedule(loopOf(task), task);
    }
    // The framework's own storage, such as the context of the request, is the coroutine's as well. The task carries it, for
    // what the coroutine runs by call() does not come past here.
    (hooksOf(task) as TaskHooks).aroundStep = takeMarkedSnapshot() as AroundStep;
    this.#end = end;
    this.#context = context;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  override get made(): CoroutineObject<unknown> | null {
    return this.#begun ? this.#adopted : super.made;
  }

  override next(value?: unknown): IteratorResult<Suspend, unknown> {
    if (this.#adopted === null || value !== RESUME) return super.next(value);
    if (this.#parked !== null) {
      current.parked = this.#parked;
      this.#parked = null;
      return SUSPENDED;
    }
    const coro = this.#adopted;
    if (this.#begun) return this.#step(coro, RESUME);
    this.#begun = true;
    return this.#step(coro);
  }

  override throw(error: unknown): IteratorResult<Suspend, unknown> {
    if (this.#adopted === null) return super.throw(error);
    const coro = this.#adopted;
    this.#begun = true;
    this.#parked = null;
    // The function may wait for something of its own beside the coroutine.
    if (isCancelled(error)) super.cancel(error.message);
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = coro.throw(error);
    } catch (thrown) {
      return this.#failed(thrown);
    }
    return this.#stepped(result);
  }

  #step(coro: CoroutineObject<unknown>, value?: unknown): IteratorResult<Suspend, unknown> {
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = coro.next(value);
    } catch (error) {
      return this.#failed(error);
    }
    return this.#stepped(result);
  }

  #failed(error: unknown): IteratorResult<Suspend, unknown> {
    this.#settle(error, true);
    return this.#goOn();
  }

  #stepped(result: IteratorResult<Suspend, unknown>): IteratorResult<Suspend, unknown> {
    if (result.done !== true) return result;
    const { value } = result;
    if (isResponse(value) || value === undefined) this.#settle(value, false);
    // It may be a promise, or anything else with a `then`.
    else {
      const settle = (hasFailed: boolean) => (value: unknown) => this.#settle(value, hasFailed);
      new Promise((resolve) => resolve(value)).then(settle(false), settle(true));
    }
    return this.#goOn();
  }

  /** The framework goes on with what is made of the result in a microtask, with no other between. */
  #settle(value: unknown, hasFailed: boolean): void {
    try {
      this.#resolve(
        (this.#end as AdoptedEnd<unknown>)(value, hasFailed, this.#adopter as Task<unknown>, this.#context),
      );
    } catch (error) {
      this.#reject(error);
    }
  }

  /** The coroutine has ended; the task waits for the function now, which goes on in a microtask. */
  #goOn(): IteratorResult<Suspend, unknown> {
    this.#adopted = null;
    if (this.#over) return super.next(RESUME);
    this.beginStep();
    current.parked = this;
    return SUSPENDED;
  }

  /** @internal */
  override isPlainResult(made: unknown): boolean {
    return isResponse(made);
  }

  /** @internal */
  override plainResult(made: unknown): unknown {
    this.#over = true;
    // The function has answered without its coroutine, which must not be left in the middle.
    this.#adopted?.throw(new CancelledError("answered"));
    this.#adopted = null;
    return made;
  }

  /** @internal */
  override noteParked(): void {
    if (this.#parked !== null && isCall(this.#parked)) {
      // It would begin here, where the framework's storage has been left: it begins in the next step.
      current.parked = NEXT_ITERATION;
      return;
    }
    current.parked = this.#parked ?? this;
    this.#parked = null;
  }

  /** @internal */
  override resultLost(value: unknown): void {
    if (value instanceof Response) discard(value);
  }

  /** @internal A function that ends before its coroutine has answered in its place: what goes on is not wanted any more. */
  override functionEnded(stepper: Stepper): boolean {
    this.#over = true;
    this.#options?.ended?.();
    if (this.#adopted === null) return true;
    stepper.cancel("answered");
    return false;
  }

  /** @internal While its coroutine runs, the function waits for that. */
  override beginStep(): void {
    if (this.#adopted === null) super.beginStep();
  }
}

function nobody(): void {}

/** Stands for a wait, and throws an error in at once. */
function refusal(error: Error): Parkable {
  return {
    _park: (task) => throwNext(task, error),
    _endedCancelled: () => false,
    cancel: () => false,
  };
}
