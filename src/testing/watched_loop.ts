/**
 * A loop that knows what was made on it, and where.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import type { ExceptionContext } from "../core/exception_reports.ts";
import type { TimerHandle } from "../core/handle.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { stateOf } from "../core/lazy_internal.ts";
import { describeValue } from "../core/repr.ts";
import type { CreateTaskOptions } from "../core/task_options.ts";
import type { Task } from "../core/task.ts";
import { EventLoop } from "../loop/event_loop.ts";

/** A place in the code: its error is never thrown. */
function here(): Error {
  return new Error();
}

/** The frames of a place, without those that every place has. */
function framesOf(place: Error | undefined): string {
  const frames = (place?.stack ?? "").split("\n").filter((line) => /^\s+at |@/.test(line));
  const own = frames.findIndex((line) => !/watched_loop\.ts|\/src\/core\/|\/src\/loop\//.test(line));
  const shown = frames.slice(Math.max(0, own), Math.max(0, own) + 4).map((line) => `    ${line.trim()}`);
  return shown.length === 0 ? "" : `\n  made here:\n${shown.join("\n")}`;
}

/** Notes the tasks and timers that are made on it, and what nobody else hears of. */
export class WatchedLoop extends EventLoop {
  /** What the exception handler was told, if nobody has set another. */
  readonly reported: ExceptionContext[] = [];
  readonly #tasks = new Map<Task<unknown>, Error>();
  readonly #timers = new Map<TimerHandle, Error>();

  override createTask<T>(source: TaskSource<T>, options?: CreateTaskOptions): Task<T> {
    const task = super.createTask(source, options);
    this.#tasks.set(task as Task<unknown>, here());
    return task;
  }

  override callLater<A extends unknown[]>(delay: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    return this.#note(super.callLater(delay, callback, ...args));
  }

  override callAt<A extends unknown[]>(when: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    return this.#note(super.callAt(when, callback, ...args));
  }

  #note(timer: TimerHandle): TimerHandle {
    this.#timers.set(timer, here());
    return timer;
  }

  override defaultExceptionHandler(context: ExceptionContext): void {
    this.reported.push(context);
  }

  /** What is left when main is over, in words; `host` is where, if main of the test runs on another one. */
  leaks(host?: string): string[] {
    const leaks = this.#leaks();
    return host === undefined ? leaks : leaks.map((leak) => `On the host "${host}": ${leak}`);
  }

  #leaks(): string[] {
    const leaks: string[] = [];
    for (const task of unfinishedTasks(this)) {
      leaks.push(
        `A task that has not ended: ${task}. Await it, cancel it and await that, or start it in a taskGroup().${
          framesOf(this.#tasks.get(task))
        }`,
      );
    }
    for (const [timer, place] of this.#timers) {
      if (timer.cancelled() || timer.when() <= this.time()) continue;
      leaks.push(`A timer that is still set: ${timer}. Call its cancel().${framesOf(place)}`);
    }
    for (const socket of this.openSockets) {
      if (socket.isOpen()) leaks.push(`What holds a socket: ${describeValue(socket)}. Close it, or use await using.`);
    }
    if (this.onClose.size > 0) {
      leaks.push(`${this.onClose.size} processes or servers that have not ended. Await their ends.`);
    }
    for (const [task, place] of this.#tasks) {
      if (stateOf(task) !== "resolved" || task.cancelling() === 0) continue;
      leaks.push(
        `A cancel that was swallowed: ${task} was cancelled, and returned. Let CancelledError through.${
          framesOf(place)
        }`,
      );
    }
    return leaks;
  }

  /** What nobody else has heard of, in words. */
  unheard(): string[] {
    return this.reported.map(({ message, exception, future, task }) =>
      `An error that nobody has heard of: ${message ?? "unhandled"}: ${describeValue(exception)}${
        future === undefined && task === undefined ? "" : `, of ${future ?? task}`
      }${
        exception instanceof Error && exception.stack !== undefined
          ? `\n    ${exception.stack.split("\n").slice(1, 4).map((line) => line.trim()).join("\n    ")}`
          : ""
      }`
    );
  }
}
