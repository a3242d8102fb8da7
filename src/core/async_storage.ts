/**
 * Finds the task of an async function again after each `await`.
 *
 * What that needs of the host is fetched when the first async function becomes a task: a program of coroutines never pays for it.
 *
 * @module
 */
import { createMarks, type Marks, type Snapshot } from "./async_marks.ts";
import type { AsyncRun } from "./async_run.ts";
import { NotSupportedError } from "./errors.ts";
import { NoMarks } from "./no_marks.ts";

export type { Snapshot };

let marks: Marks<AsyncRun<unknown>> | null = null;

function makeMarks(): Marks<AsyncRun<unknown>> {
  try {
    return createMarks();
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
    return new NoMarks();
  }
}

/**
 * Fetches it before it is needed, if this runtime has it. A host may run microtasks while it loads the module, once: in a callback of the
 * host that could be the loop's turn, in the middle of what a request has begun. In a turn, or before the loop runs, it cannot.
 */
export function prepareStorage(): void {
  marks ??= makeMarks();
}

/** Calls a function whose continuations belong to `run`, or to nobody. */
export function runInStorage<R>(run: AsyncRun<unknown> | undefined, callback: () => R): R {
  marks ??= makeMarks();
  return marks.run(run, callback);
}

/** The async function whose continuation this is, if it is one and still runs. */
export function currentAsyncRun(): AsyncRun<unknown> | null {
  if (marks === null) return null;
  const run = marks.get();
  return run === undefined || run._task === null ? null : run;
}

/** Whether this code carries somebody's mark, so that a turn begun here must shed it. */
export function hasForeignMark(): boolean {
  return marks !== null && marks.get() !== undefined;
}

/** Takes a snapshot of every AsyncLocalStorage of the program, others' included; the own mark is not for another task. */
export function takeSnapshot(): Snapshot {
  return hasForeignMark() ? runInStorage(undefined, takeMarkedSnapshot) : takeMarkedSnapshot();
}

/** The same with the own mark: for what runs in the task that the mark stands for. */
export function takeMarkedSnapshot(): Snapshot {
  marks ??= makeMarks();
  return marks.snapshot();
}
