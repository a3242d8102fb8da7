/**
 * The errors of the loop itself and of everything built on it.
 *
 * CPython's names are kept where its asyncio has one. What it calls `ValueError` is JavaScript's own `RangeError`,
 * and `TypeError` is the same in both.
 *
 * @module
 */

import type { Stepper } from "./contract.ts";
import { current, debugging } from "./current.ts";
import { generatorNext } from "./suspend.ts";

/** The classes by their names, those that the program has: a bundle may lack what only lazy parts would name. */
export const errorClasses: Map<string, { readonly prototype: Error }> = new Map();

/**
 * Sets the name once for all instances: a field would cost each of them a slot. So does what tells the errors of this module from others. Called
 * where the class is made, so that a bundle has only those that its program uses.
 */
function named(error: { readonly prototype: Error }, name: string): true {
  errorClasses.set(name, error);
  Object.defineProperty(error.prototype, "name", { value: name, writable: true, configurable: true });
  Object.defineProperty(error.prototype, "~own", { value: true });
  return true;
}

/**
 * Something was used in a way that its state does not allow: a loop that is closed, a task that awaits
 * itself, a lock released twice.
 *
 * @example Tell misuse from other failures
 * ```ts
 * import { getRunningLoop, RuntimeError } from "@loop/asyncio";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => getRunningLoop(), RuntimeError);
 * ```
 *
 * @category Errors
 */
export class RuntimeError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "RuntimeError");
}

/**
 * A future was asked for what its state does not have: a result that is not there yet, or a second result.
 *
 * @example A result that is not there yet
 * ```ts
 * import { InvalidStateError, newEventLoop } from "@loop/asyncio";
 * import { assertThrows } from "@std/assert";
 *
 * const loop = newEventLoop();
 * assertThrows(() => loop.createFuture().result(), InvalidStateError);
 * loop.close();
 * ```
 *
 * @category Errors
 */
export class InvalidStateError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "InvalidStateError");
}

/**
 * A deadline passed before the work was done. Its `cause` is the {@linkcode CancelledError} that stopped the work.
 *
 * @example Give up after five milliseconds
 * ```ts
 * import { run, sleep, timeout, TimeoutError } from "@loop/asyncio";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => run(() => timeout(5, () => sleep(1_000))), TimeoutError);
 * ```
 *
 * @category Errors
 */
export class TimeoutError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "TimeoutError");
}

/**
 * What a {@linkcode KeyboardInterrupt} knows beside its message.
 *
 * @category Errors
 */
export interface KeyboardInterruptOptions extends ErrorOptions {
  /** The signal; `"SIGINT"` by default. */
  readonly signal?: string | undefined;
}

/**
 * SIGINT, or another of the `signals` of `run`, ended the program: `run` rejects with it after the main task was cancelled, and sets the
 * exit code to 130, or 143 for SIGTERM. Catch it, as below: a program ends with 1 for an error that nobody catches. Thrown inside the loop it is not caught on behalf of anyone: it leaves `runForever`.
 *
 * @example What Ctrl-C makes of a program
 * ```ts
 * import { KeyboardInterrupt } from "@loop/asyncio";
 *
 * try {
 *   // await run(main, { signals: ["SIGINT", "SIGTERM"] });
 * } catch (error) {
 *   if (!(error instanceof KeyboardInterrupt)) throw error;
 *   console.log("ended by", error.signal);
 * }
 * ```
 *
 * @category Errors
 */
export class KeyboardInterrupt extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "KeyboardInterrupt");

  /** The signal that came, such as `"SIGINT"`. */
  readonly signal: string;

  /** Makes the error. */
  constructor(message?: string, options: KeyboardInterruptOptions = {}) {
    super(message, options);
    this.signal = options.signal ?? "SIGINT";
  }
}

/**
 * The runtime that the program runs on cannot do this at all; the message says what can be done instead.
 *
 * @example Ask for an adapter's missing half
 * ```ts
 * import { NotSupportedError } from "@loop/asyncio";
 *
 * const error = new NotSupportedError("Cannot listen for datagrams: …");
 * console.log(error.name);
 * ```
 *
 * @category Errors
 */
export class NotSupportedError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "NotSupportedError");
}

/**
 * What an {@linkcode OSError} knows beside its message.
 *
 * @category Errors
 */
export interface OSErrorOptions extends ErrorOptions {
  /** The system's name for what went wrong, such as `"EADDRINUSE"`. */
  readonly code: string;
}

/**
 * The operating system, or the runtime's permissions, said no. `cause` is the host's own error.
 *
 * @example A port in use
 * ```ts
 * import { OSError } from "@loop/asyncio";
 *
 * const error = new OSError("Cannot listen on 127.0.0.1:80: …", { code: "EACCES" });
 * console.log(error.code);
 * ```
 *
 * @category Errors
 */
export class OSError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "OSError");

  /** The system's name for what went wrong, such as `"EADDRINUSE"`, the same on every runtime. */
  readonly code: string;

  /** Makes the error; the message says what could not be done, why, and what to do instead. */
  constructor(message: string, options: OSErrorOptions) {
    super(message, options);
    this.code = options.code;
  }
}

/**
 * {@linkcode Queue.getNowait} found nothing in the queue.
 *
 * @example Take an item only if there is one
 * ```ts
 * import { Queue, QueueEmpty } from "@loop/asyncio";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new Queue<number>().getNowait(), QueueEmpty);
 * ```
 *
 * @category Errors
 */
export class QueueEmpty extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "QueueEmpty");
}

/**
 * {@linkcode Queue.putNowait} found no room in the queue.
 *
 * @example Put an item only if there is room
 * ```ts
 * import { Queue, QueueFull } from "@loop/asyncio";
 * import { assertThrows } from "@std/assert";
 *
 * const queue = new Queue<string>(1);
 * queue.putNowait("first");
 * assertThrows(() => queue.putNowait("second"), QueueFull);
 * ```
 *
 * @category Errors
 */
export class QueueFull extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "QueueFull");
}

/**
 * The queue was shut down: nothing can be put in any more, and what was left is taken.
 *
 * @example Work until the queue is shut down
 * ```ts
 * import { Queue, QueueShutDown, run } from "@loop/asyncio";
 *
 * const queue = new Queue<string>();
 * queue.putNowait("last");
 * queue.shutdown();
 *
 * await run(function* () {
 *   try {
 *     for (;;) console.log(yield* queue.get());
 *   } catch (error) {
 *     if (!(error instanceof QueueShutDown)) throw error;
 *   }
 * });
 * ```
 *
 * @category Errors
 */
export class QueueShutDown extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "QueueShutDown");
}

/**
 * The barrier was aborted, or it was reset while the task waited at it.
 *
 * @example Nobody passes a barrier that was aborted
 * ```ts
 * import { Barrier, BrokenBarrierError, run } from "@loop/asyncio";
 * import { assertRejects } from "@std/assert";
 *
 * const barrier = new Barrier(2);
 * await assertRejects(() =>
 *   run(function* () {
 *     yield* barrier.abort();
 *     yield* barrier.wait();
 *   }), BrokenBarrierError);
 * ```
 *
 * @category Errors
 */
export class BrokenBarrierError extends RuntimeError {
  static readonly #named: true = /* @__PURE__ */ named(this, "BrokenBarrierError");
}

/**
 * A worker ended in the middle of a call: it exited, or nobody caught an error in it. The pool starts another, so that other calls are not
 * touched. `cause` is the error, if there was one.
 *
 * @example Try once more
 * ```ts
 * import { BrokenWorkerError, type RemoteFunction } from "@loop/asyncio";
 *
 * async function twice(work: RemoteFunction<[], string>): Promise<string> {
 *   try {
 *     return await work();
 *   } catch (error) {
 *     if (!(error instanceof BrokenWorkerError)) throw error;
 *     return await work();
 *   }
 * }
 * console.log(twice.name);
 * ```
 *
 * @category Errors
 */
export class BrokenWorkerError extends RuntimeError {
  static readonly #named: true = /* @__PURE__ */ named(this, "BrokenWorkerError");

  /** The code that the worker exited with; null if nobody knows. */
  readonly code: number | null;

  /** Makes the error; the message says what the worker was doing, and how it ended. */
  constructor(message: string, options: ErrorOptions & { readonly code?: number | null } = {}) {
    super(message, options);
    this.code = options.code ?? null;
  }
}

/**
 * The stream ended before everything that was asked for had come.
 *
 * @example Keep what did come
 * ```ts
 * import { IncompleteReadError, run, StreamReader } from "@loop/asyncio";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const reader = new StreamReader();
 *   reader.feedData(new TextEncoder().encode("abc"));
 *   reader.feedEof();
 *   try {
 *     yield* reader.readexactly(5);
 *   } catch (error) {
 *     assert(error instanceof IncompleteReadError);
 *     assertEquals([error.partial.length, error.expected], [3, 5]);
 *   }
 * });
 * ```
 *
 * @category Errors
 */
export class IncompleteReadError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "IncompleteReadError");

  /** The bytes that came before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were wanted; null where nobody knew, as when reading up to a separator. */
  readonly expected: number | null;

  /** Makes the error with what came and how many bytes were wanted, which is null if nobody knew. */
  constructor(partial: Uint8Array, expected: number | null) {
    const wanted = expected === null ? "before what was waited for" : `of ${expected} expected ones`;
    super(`Cannot read on: the stream ended after ${partial.length} bytes, ${wanted}. What came is in partial.`);
    this.partial = partial;
    this.expected = expected;
  }
}

/**
 * The separator was not found within the reader's limit. The data stays in the buffer.
 *
 * @example A line that is too long
 * ```ts
 * import { LimitOverrunError, run, StreamReader } from "@loop/asyncio";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() =>
 *   run(function* () {
 *     const reader = new StreamReader({ limit: 4 });
 *     reader.feedData(new TextEncoder().encode("too long;"));
 *     yield* reader.readuntil(";");
 *   }), LimitOverrunError);
 * ```
 *
 * @category Errors
 */
export class LimitOverrunError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "LimitOverrunError");

  /** How many bytes at the start of the buffer hold no separator, and can be read before trying again. */
  readonly consumed: number;

  /** Makes the error with its message and the number of bytes that hold no separator. */
  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/**
 * Nothing will ever wake the program: nothing is ready, no timer is left, and nothing is outstanding at the host. The message says who waits for
 * whom, rings of tasks first, and which task holds a lock.
 *
 * What runs a program (`run`, `runUntilComplete`, `main`) throws it when the program has been idle for a second and the host says that nothing is
 * left. Handlers of signals, sleeps without an end, promises of the host, servers, sockets and whatever else keeps a process alive are waited
 * for. On Bun, where a module awaits `run()` at its top level, the host says nothing of the kind: there it is thrown for a ring of coroutines, and
 * all else is a warning. On virtual time it is thrown at once. Of several loops in a thread none is stuck while something may wake one of them.
 *
 * A ring of tasks in a program that goes on is told to the loop's exception handler, and ends nobody.
 *
 * @example A lock that is taken twice
 * ```ts
 * import { DeadlockError, Lock } from "@loop/asyncio";
 * import { runVirtual } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * const lock = new Lock();
 * await assertRejects(() =>
 *   runVirtual(function* () {
 *     yield* lock.acquire();
 *     yield* lock.acquire();
 *   }), DeadlockError);
 * ```
 *
 * @category Errors
 */
export class DeadlockError extends Error {
  static readonly #named: true = /* @__PURE__ */ named(this, "DeadlockError");
}

/**
 * The runtime cannot hand this file to this transport by itself, and falling back to reading and writing was ruled out.
 *
 * @example Ask for the fast way or none
 * ```ts
 * import { SendfileNotAvailableError } from "@loop/asyncio";
 *
 * const error = new SendfileNotAvailableError("Cannot send the file: …");
 * console.log(error.name);
 * ```
 *
 * @category Errors
 */
export class SendfileNotAvailableError extends RuntimeError {
  static readonly #named: true = /* @__PURE__ */ named(this, "SendfileNotAvailableError");
}

/**
 * TLS could not be agreed on, or a session of it broke. `code` is `"CERTIFICATE_INVALID"` for a certificate that is expired, not trusted or
 * another name's, `"HANDSHAKE_FAILED"` for everything else that prevents a session (with TLS 1.3 a client hears only when it reads that its
 * certificate was refused), and `"SESSION_BROKEN"` for what came later: garbage, bytes that were changed, an alert.
 *
 * @example A certificate that is not trusted
 * ```ts
 * import { TlsError } from "@loop/asyncio";
 *
 * const error = new TlsError("Cannot speak TLS with localhost: …", { code: "CERTIFICATE_INVALID" });
 * console.log(error.code);
 * ```
 *
 * @category Errors
 */
export class TlsError extends OSError {
  static readonly #named: true = /* @__PURE__ */ named(this, "TlsError");
}

// The frames of an error. One that was made where no code of the user runs, as in a callback of the host, has none that say anything to the user. It
// gets those of whoever awaits, where it is thrown to them. Nothing here is reached by what succeeds, or is cancelled; and no text of a stack is made
// before somebody reads it, since that costs more than all else.

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
  return "~own" in error || outside.has(error);
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
  if (outside.has(error as object)) takeFramesOfUser(error as Error, below, own);
}

/** The same for what a promise of the host was rejected with: only an error that the user's code has made keeps its frames. */
export function placeHostError(error: unknown, below: AnyFunction): void {
  if (!(error instanceof Error)) return;
  if (saysNoFile(error) ? "~own" in error : !framesOf(error).some(isOfUser)) takeFramesOfUser(error, below);
}

/**
 * The same for what a call of this module throws: it may have been made in the middle of that. `call` was made at the call, where the frames of async
 * functions cannot be had later; `own` is the generator function of which the call is one.
 */
export function placeAtCall(error: unknown, call: Error | null, own: AnyFunction): void {
  if (!(error instanceof Error)) return;
  // A function of the user that was called meanwhile, such as the factory of a protocol, has made its own errors.
  if (!("~own" in error) && (saysNoFile(error) || isOfUser(framesOf(error)[0] ?? "")) && ownFolder?.length !== 0) {
    return;
  }
  takeFramesOfUser(error, own, own);
  if (call === null || framesOf(error).some(isOfUser)) return;
  error.stack = [String(error), ...framesOf(call).filter(isOfUser)].join("\n");
  outside.delete(error);
}

/** A function of any kind. */
type AnyFunction = (...args: never[]) => unknown;

/** A frame that is in a file, but not in one of the host. */
const IN_FILE = /^(?!.*[ (](?:node|ext|native|bun|internal):).*:\d+:\d+\)?$/;

/** How the folder of this module begins in a stack: Deno and Node write its URL, Bun its path. None in a bundle, where users have the same file. */
let ownFolder: readonly string[] | null = null;

function isOfUser(frame: string): boolean {
  if (ownFolder === null) {
    const [, folder] = /^(.*\/src\/)core\/errors\.[jt]s$/.exec(import.meta.url ?? "") ?? [];
    ownFolder = folder === undefined ? [] : [folder, decodeURI(folder).replace("file://", "")];
  }
  return frame !== "" && !ownFolder.some((folder) => frame.includes(folder));
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
  return error instanceof Error && ((isOwn && "~own" in error) || outside.has(error)) && !inAsync.has(error) &&
    !showsCallsOnly();
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
        const last = lines.findLastIndex((line) => IN_FILE.test(line) && isOfUser(line));
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
