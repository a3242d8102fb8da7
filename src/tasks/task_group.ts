/**
 * Groups of tasks that end together.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Stepper } from "../core/contract.ts";
import { coroutine, type TaskSource, toCoroutine } from "../core/coroutine.ts";
import { takeFrames } from "../core/error_frames.ts";
import { isCancelled, KeyboardInterrupt, RuntimeError } from "../core/errors.ts";
import { ExceptionGroup } from "../core/exception_group.ts";
import { type Future, NamedFuture } from "../core/future.ts";
import { callWhenDone, loopOf, needsAll } from "../core/internal.ts";
import { requireStepper, runningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { CreateTaskOptions } from "../core/task_options.ts";
import { type Body, checkBody, type ReadyBody, readyBody } from "./use.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * A group of tasks that is waited for as one. When a task fails, the others are cancelled, and all errors are thrown in one
 * {@linkcode ExceptionGroup}. {@linkcode taskGroup} makes a group and runs a body in it.
 *
 * @example A group that can be cancelled from elsewhere
 * ```ts
 * import { createTask, run, sleep, TaskGroup } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const group = new TaskGroup();
 *   createTask(function* () {
 *     yield* sleep(1);
 *     group.cancel();
 *   });
 *   yield* group.run(function* () {
 *     group.createTask(sleep(60_000));
 *     yield* sleep(60_000);
 *   });
 * });
 * ```
 *
 * @category Scopes
 */
export class TaskGroup {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  #entered = false;
  #exiting = false;
  #aborting = false;
  #cancelOnEnter = false;
  #parentCancelRequested = false;
  /** What it cancels: the task, or the part of the task that an async function awaits here. */
  #parent: Stepper | null = null;
  #loop: BaseEventLoop | null = null;
  /** In the order in which they were made, and are cancelled. */
  readonly #tasks = new Set<Task<unknown>>();
  #errors: unknown[] = [];
  #interrupt: KeyboardInterrupt | null = null;
  #onCompleted: Future<void> | null = null;

  /**
   * Starts a task in the group. It can be called while the body or another task of the group runs.
   *
   * @throws {RuntimeError} if the group has not been entered, is finished, or is shutting down; the coroutine is closed then
   * @throws {TypeError} if the source cannot be run
   */
  createTask<T>(source: TaskSource<T>, options?: CreateTaskOptions): Task<T> {
    const parent = this.#parent;
    if (!this.#entered || parent === null || (this.#exiting && this.#tasks.size === 0) || this.#aborting) {
      toCoroutine(source, "start in a task group").return?.(undefined as T);
      const reason = !this.#entered
        ? "it has not been entered. Call it inside the body"
        : this.#aborting
        ? "it is shutting down, since a task failed or it was cancelled. Start it in another group"
        : "it is finished. Start it in another group";
      throw new RuntimeError(`Cannot create a task in ${this}: ${reason}.`);
    }
    const task = this.#runningOn().createTask<T>(source, options);
    this.#tasks.add(task as Task<unknown>);
    callWhenDone(task, this.#taskDone as (task: Task<T>) => void, parent);
    // A task that starts at once may have cancelled the group in its first step.
    if (this.#aborting && !task.done()) task.cancel();
    return task;
  }

  /**
   * Ends the group early, without an error: cancels its tasks and its body. If the group has not been entered, it takes effect on
   * entering. It has no effect on a group that is finished.
   */
  cancel(): void {
    if (!this.#entered) {
      this.#cancelOnEnter = true;
      return;
    }
    if (this.#exiting && this.#tasks.size === 0) return;
    // A group that shuts down already has an error to throw, which must not get lost.
    if (this.#aborting) return;
    this.#abort();
    this.#cancelParent();
  }

  /**
   * Runs a body in the group, waits for its tasks, and returns the body's result, or undefined if the group was cancelled.
   * It can be called once.
   *
   * @throws {RuntimeError} when awaited, if the group was entered before or there is no task
   * @throws {ExceptionGroup} when awaited, if the body or a task failed
   */
  run<T>(body: Body<TaskGroup, T>): LazyAwaitable<T> {
    checkBody(body, "TaskGroup.run");
    const ready = readyBody(body as Body<TaskGroup, unknown>, "run as the body of a task group");
    return noted(runGroup(this.#steps(ready)), "taskGroup()") as LazyAwaitable<T>;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    const parts = ["TaskGroup"];
    if (this.#tasks.size > 0) parts.push(`tasks=${this.#tasks.size}`);
    if (this.#errors.length > 0) parts.push(`errors=${this.#errors.length}`);
    if (this.#aborting) parts.push("cancelling");
    else if (this.#entered) parts.push("entered");
    return `<${parts.join(" ")}>`;
  }

  /** The whole life of the group. */
  *#steps(body: ReadyBody<TaskGroup, unknown>): Coroutine<unknown> {
    this.#enter();
    let result: unknown;
    let failed = false;
    let error: unknown;
    try {
      result = yield* body(this);
    } catch (thrown) {
      failed = true;
      error = thrown;
    }
    try {
      yield* this.#leave(failed, error);
    } finally {
      this.#parent = null;
      this.#errors = [];
      this.#interrupt = null;
    }
    return result;
  }

  #runningOn(): BaseEventLoop {
    return this.#loop as BaseEventLoop;
  }

  #enter(): void {
    if (this.#entered) throw new RuntimeError(`Cannot enter ${this} twice. Make another group.`);
    this.#parent = requireStepper("enter a task group");
    this.#loop = runningLoop();
    this.#entered = true;
    if (this.#cancelOnEnter) this.cancel();
  }

  *#leave(failed: boolean, error: unknown): Coroutine<void> {
    const parent = this.#parent as Stepper;
    this.#exiting = true;
    if (failed && error instanceof KeyboardInterrupt) this.#interrupt ??= error;
    let propagate: unknown = failed && isCancelled(error) ? error : null;
    let pending: unknown = null;
    if (failed && !this.#aborting) this.#abort();
    while (this.#tasks.size > 0) {
      this.#onCompleted ??= new NamedFuture<void>(this.#runningOn(), "taskGroup", this);
      needsAll(this.#onCompleted, this.#tasks);
      try {
        yield* this.#onCompleted;
      } catch (cancelled) {
        pending = cancelled;
        if (!this.#aborting) {
          propagate = cancelled;
          this.#abort();
        }
      }
      this.#onCompleted = null;
    }
    if (this.#interrupt !== null) throw this.#interrupt;
    if (this.#parentCancelRequested) {
      if (parent.uncancel() === 0) propagate = null;
      else propagate ??= pending;
    }
    if (propagate !== null && this.#errors.length === 0) throw propagate;
    if (failed && !isCancelled(error)) this.#errors.push(error);
    if (this.#errors.length > 0) {
      // A cancel from outside has not been thrown: it is thrown at the next await, and counted as before.
      if (parent.cancelling() > 0) {
        parent.uncancel();
        parent.cancel();
      }
      const group = new ExceptionGroup("unhandled errors in a TaskGroup", this.#errors);
      takeFrames(group);
      throw group;
    }
  }

  #abort(): void {
    this.#aborting = true;
    for (const task of this.#tasks) {
      if (!task.done()) task.cancel();
    }
  }

  #cancelParent(): void {
    if (this.#parent === null || this.#parentCancelRequested) return;
    this.#parentCancelRequested = true;
    this.#parent.cancel();
  }

  readonly #taskDone = (task: Task<unknown>): void => {
    this.#tasks.delete(task);
    if (this.#onCompleted !== null && this.#tasks.size === 0 && !this.#onCompleted.done()) {
      this.#onCompleted.setResult();
    }
    if (task.cancelled()) return;
    const exception = task.exception();
    if (exception === null) return;
    this.#errors.push(exception);
    if (exception instanceof KeyboardInterrupt) this.#interrupt ??= exception;
    const parent = this.#parent;
    if (parent === null || parent.done()) {
      loopOf(task).callExceptionHandler({
        message: `${task} has failed after its group's parent had finished`,
        exception,
        task,
      });
      return;
    }
    if (!this.#aborting && !this.#parentCancelRequested) {
      this.#abort();
      this.#cancelParent();
    }
  };
}

const runGroup = /* @__PURE__ */ coroutine(function* taskGroup(steps: Coroutine<unknown>): Coroutine<unknown> {
  return yield* steps;
});

/**
 * Runs a body that may start tasks, waits for all of them, and returns the body's result. If one of them or the body fails, the
 * others are cancelled and an {@linkcode ExceptionGroup} of the errors is thrown.
 *
 * In an async function, `await taskGroup(async (group) => …)` runs the body as a part of the current task, as `yield*` does in a
 * coroutine. If the function awaits other things beside the group, as in a `Promise.all`, a failure cancels the body alone. A promise of the
 * host is interrupted only if it was made with `currentTask().signal`, or is awaited by {@linkcode fromPromise}.
 *
 * @param body a generator function or an async function; it is called with the group
 * @returns an awaitable of the body's result
 * @throws {TypeError} if the body is not a function
 * @throws {ExceptionGroup} when awaited, if the body or a task failed
 *
 * @example Both or none
 * ```ts
 * import { run, sleep, taskGroup } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const both = yield* taskGroup(function* (group) {
 *     const left = group.createTask(sleep(1, "left"));
 *     const right = group.createTask(sleep(2, "right"));
 *     return [yield* left, yield* right];
 *   });
 *   assertEquals(both, ["left", "right"]);
 * });
 * ```
 *
 * @category Scopes
 */
export function taskGroup<T>(body: Body<TaskGroup, T>): LazyAwaitable<T> {
  checkBody(body, "taskGroup");
  return new TaskGroup().run(body);
}
