/**
 * The frames of errors.
 *
 * An error that was made where no code of the user runs, as in a callback of the host, has no frames that say anything to the user. It gets those of
 * whoever awaits, where it is thrown to them. Nothing here is reached by what succeeds, or is cancelled. To make the text of a stack costs more than
 * all else: it is made only of an error that the host or this module may have made.
 *
 * @module
 */
import type { Stepper } from "./contract.ts";
import { current, debugging } from "./current.ts";
import { generatorNext } from "./suspend.ts";

/** Frames that are kept of an error: the functions that call one another, with what this module has between them. */
const MOST_FRAMES = 60;

/** The errors that were made outside of the code of users, and have no frames of it yet. */
const outside = new WeakSet<object>();

/** An error was made outside of the code of users: it gets the frames of whoever awaits. Returns it. */
export function madeOutside<E>(error: E): E {
  if (error instanceof Error) outside.add(error);
  return error;
}

/** It has them. */
export function wasPlaced(error: Error): void {
  outside.delete(error);
}

/** Whether an error is of this module, or was made outside of the code of users. */
export function wasMadeHere(error: Error): boolean {
  return "~own" in error || lacksFramesOfUser(error);
}

/**
 * Whether an error was made outside of the code of users: also a TypeError or a RangeError by which this module refuses an argument, where that is
 * looked at in a step of its own. Of errors with other words than it has for that no stack is read: it costs ten times what throwing one does.
 */
function lacksFramesOfUser(error: unknown): error is Error {
  const made = (error as Error | undefined)?.constructor;
  return outside.has(error as Error) ||
    ((made === TypeError || made === RangeError) && /^Cannot .+: /.test(String((error as Error).message)) &&
      !hasFramesOfUser(error as Error));
}

/** Gives an error the frames of what is running now, without `below` and what that has called. */
export function takeFrames(error: Error, below: AnyFunction = takeFrames): void {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = MOST_FRAMES;
    Error.captureStackTrace(error, below);
  } catch {
    // Frozen, or on a host without it: it stays as it is.
  }
  Error.stackTraceLimit = stackTraceLimit;
  debugging.hooks?.placed(error);
}

/**
 * Takes the frames that are there, if they are of the user: if a coroutine is stepped that is not a call of `own`, a generator function. Others come
 * when it is thrown further.
 */
function takeFramesOfUser(error: Error, below: AnyFunction | undefined, own?: AnyFunction): void {
  const root = (current.stepper ?? current.entries?.first() as Partial<Stepper> | undefined)?._coro;
  const generator = root?.made ?? root;
  if (generator?.next !== generatorNext || Object.getPrototypeOf(generator) === own?.prototype) {
    outside.add(error);
  } else {
    outside.delete(error);
    takeFrames(error, below);
  }
}

/** An error is about to be thrown to whoever awaits: one that was made outside of the code of users gets their frames. */
export function placeError(error: unknown, below?: AnyFunction, own?: AnyFunction): void {
  if (lacksFramesOfUser(error)) takeFramesOfUser(error, below, own);
}

/** The same for what a promise of the host was rejected with: only an error that the user's code has made keeps its frames. */
export function placeHostError(error: unknown, below: AnyFunction): void {
  if (error instanceof Error && !hasFramesOfUser(error)) takeFramesOfUser(error, below);
}

/**
 * The same for what a call of this module throws: it may have been made in the middle of that. `call` was made at the call, where the frames of async
 * functions cannot be had later; `own` is the generator function of which the call is one.
 */
export function placeAtCall(error: unknown, call: Error | null, own: AnyFunction): void {
  if (!(error instanceof Error)) return;
  // A function of the user that was called meanwhile, such as the factory of a protocol, has made its own errors.
  if (!("~own" in error) && (saysNoFile(error) || isOfUser(framesOf(error)[0] as string)) && ownFolder?.length !== 0) {
    return;
  }
  takeFramesOfUser(error, own, own);
  if (call === null || hasFramesOfUser(error)) return;
  error.stack = [String(error), ...framesOf(call).filter(isOfUser)].join("\n");
  outside.delete(error);
  debugging.hooks?.placed(error);
}

/** A function of any kind. */
type AnyFunction = (...args: never[]) => unknown;

/** Matches a frame in a file, but not in one of the host. Lines about tasks, or about where something was made, do not match. */
const IN_FILE = /^(?! +[^a ]|.*[ (](?:node|ext|native|bun|internal):).*:\d+:\d+\)?$/;

/** How the folder of this module begins in a stack: Deno and Node write its URL, Bun its path. None in a bundle, where users have the same file. */
let ownFolder: readonly string[] | null = null;

/** Whether a line of a stack is a frame of the user's. */
export function isOfUser(line: string): boolean {
  if (ownFolder === null) {
    const [, folder] = /^(.*\/src\/)core\/error_frames\.[jt]s$/.exec(import.meta.url ?? "") ?? [];
    ownFolder = folder === undefined ? [] : [folder, decodeURI(folder).replace("file://", "")];
  }
  return IN_FILE.test(line) && !ownFolder.some((folder) => line.includes(folder));
}

/**
 * Whether an error says that no file can be opened. Its frames are not read here: Deno opens files for that, and ends the process where it cannot
 * (quirk `stack-needs-file`).
 */
function saysNoFile(error: Error): boolean {
  return /E[MN]FILE|os error 2[34]/.test(`${(error as { readonly code?: unknown }).code} ${error.message}`);
}

/** The frames of an error that are in files. */
function framesOf(error: Error): string[] {
  return String(error.stack).split("\n").filter((line) => IN_FILE.test(line));
}

/** Those of a host's error that must not be read may be the user's. */
function hasFramesOfUser(error: Error): boolean {
  return saysNoFile(error) ? !("~own" in error) : String(error.stack).split("\n").some(isOfUser);
}

/** Whether this is JavaScriptCore; null before it is known. */
let isJsc: boolean | null = null;

/** Whether the engine shows async functions that wait only in a stack that is taken where they call, and leaves out who ends with a call. */
export function showsCallsOnly(): boolean {
  return isJsc ??= Object.hasOwn(new Error(), "line");
}

/** The frames of a call, for {@linkcode placeAtCall}; null where they can be had later. */
export function framesOfCall(): Error | null {
  return showsCallsOnly() ? new Error() : null;
}

/** What rejections for the frames of async functions begin with. */
const ready = /* @__PURE__ */ Promise.resolve();
/** The errors that have the frames of async functions. */
const inAsync = new WeakSet<Error>();

/**
 * Whether an error is about to be thrown into async functions for the first time, and those can be seen. `isOwn` says whether it may have been made just
 * here, and is not the outcome of something else.
 */
export function lacksAsyncFrames(error: unknown, isOwn: boolean): error is Error {
  return error instanceof Error && !showsCallsOnly() && !inAsync.has(error) &&
    (isOwn ? wasMadeHere : lacksFramesOfUser)(error);
}

/**
 * Rejects an `await` with an error that gets the frames of the async functions which wait, after those of the coroutine that they await, if that
 * has some: V8 finds them where a promise of its own, and nothing else, is between the error and the functions.
 */
export function rejectInFrames(
  error: Error,
  isOfCoroutine: boolean,
  onFulfilled: ((value: never) => unknown) | null | undefined,
  onRejected: ((reason: unknown) => unknown) | null | undefined,
): Promise<unknown> {
  const fail = (): never => {
    inAsync.add(error);
    if (isOfCoroutine && !outside.has(error)) appendFrames(error, fail);
    else takeFrames(error, fail);
    outside.delete(error);
    throw error;
  };
  return ready.then(fail).then(onFulfilled, onRejected);
}

/** Appends the frames of what is running now to those that an error has. */
function appendFrames(error: Error, below: AnyFunction): void {
  const callers = new Error();
  takeFrames(callers, below);
  const { get } = Object.getOwnPropertyDescriptor(error, "stack") ?? {};
  if (get === undefined) return;
  let stack: string | undefined;
  const set = (value: unknown): void => {
    Object.defineProperty(error, "stack", { value, writable: true, configurable: true });
  };
  try {
    Object.defineProperty(error, "stack", {
      configurable: true,
      get(): string {
        if (stack !== undefined) return stack;
        const lines = String(get.call(error)).split("\n");
        const last = lines.findLastIndex(isOfUser);
        // Without one of the user's they are all of this module, and of the host that has called it.
        const kept = last < 0 ? lines.filter((line) => !/^\s+at /.test(line)) : lines.slice(0, last + 1);
        return stack = [...kept, ...framesOf(callers)].join("\n");
      },
      set,
    });
  } catch {
    // Frozen.
  }
}
