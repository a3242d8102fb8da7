/**
 * Finds the task of an async function again after each `await`.
 *
 * AsyncLocalStorage costs 200 ns per entry on one of the runtimes, so it is fetched when the first async function
 * becomes a task, and a program of coroutines never pays for it. It comes by `process.getBuiltinModule`, the
 * one synchronous way that does not load it with the module.
 *
 * @module
 */
import type { AsyncRun } from "./async_run.ts";
import { NotSupportedError } from "./errors.ts";

/** The part of AsyncLocalStorage that is used here. */
interface Storage<S> {
  run<R>(store: S, callback: () => R): R;
  getStore(): S | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot(): Snapshot;
  };
}

/** Runs a function with every AsyncLocalStorage as it was when the snapshot was taken. */
export type Snapshot = <R>(callback: () => R) => R;

let hooks: AsyncHooks | null = null;
let storage: Storage<AsyncRun<unknown> | undefined> | null = null;
let unmarkedSnapshot: Snapshot | null = null;

function load(): AsyncHooks {
  if (hooks !== null) return hooks;
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const found = process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
  if (found === undefined) {
    throw new NotSupportedError(
      "Cannot run an async function as a task: this runtime has no AsyncLocalStorage. Write it as a generator function.",
    );
  }
  return hooks = found;
}

/**
 * Fetches it before it is needed, if this runtime has it. Deno runs microtasks while it loads the module, once: in a callback of the host
 * that could be the loop's turn, in the middle of what a request has begun. In a turn, or before the loop runs, it cannot.
 */
export function prepareStorage(): void {
  try {
    load();
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
  }
}

/** Calls a function whose continuations belong to `run`, or to nobody. */
export function runInStorage<R>(run: AsyncRun<unknown> | undefined, callback: () => R): R {
  if (storage === null) makeStorage();
  return (storage as NonNullable<typeof storage>).run(run, callback);
}

function makeStorage(): void {
  const { AsyncLocalStorage } = load();
  storage = new AsyncLocalStorage<AsyncRun<unknown> | undefined>();
  // Nothing is marked yet.
  unmarkedSnapshot = AsyncLocalStorage.snapshot();
}

/** Calls a function that is nobody's. To go back to a snapshot costs half of what a new store does. */
export function runUnmarked(callback: () => void): void {
  if (unmarkedSnapshot === null) callback();
  else unmarkedSnapshot(callback);
}

/** The async function whose continuation this is, if it is one and still runs. */
export function currentAsyncRun(): AsyncRun<unknown> | null {
  if (storage === null) return null;
  const run = storage.getStore();
  return run === undefined || run._task === null ? null : run;
}

/** The one async function that was called without its mark, since nobody expected it to await anything; see `RequestRun`. */
let unmarked: AsyncRun<unknown> | null = null;

/** Notes such a function. */
export function noteUnmarked(run: AsyncRun<unknown>): void {
  unmarked = run;
}

/** The function that code without a mark can only belong to, while it runs. Asked only where it would be an error to belong to none. */
export function unmarkedRun(): AsyncRun<unknown> | null {
  if (unmarked !== null && unmarked._task === null) unmarked = null;
  return unmarked;
}

/** Whether the storage holds somebody's mark here, so that a turn begun here must shed it. */
export function hasForeignMark(): boolean {
  return storage !== null && storage.getStore() !== undefined;
}

/** Takes a snapshot of every AsyncLocalStorage of the program, others' included; the own mark is not for another task. */
export function takeSnapshot(): Snapshot {
  const { AsyncLocalStorage } = load();
  return hasForeignMark() ? runInStorage(undefined, () => AsyncLocalStorage.snapshot()) : AsyncLocalStorage.snapshot();
}

/** The same with the own mark: for what runs in the task that the mark stands for. */
export function takeMarkedSnapshot(): Snapshot {
  return load().AsyncLocalStorage.snapshot();
}
