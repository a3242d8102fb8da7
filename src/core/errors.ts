/**
 * The errors of the loop itself and of everything built on it.
 *
 * CPython's names are kept where its asyncio has one. What it calls `ValueError` is JavaScript's own `RangeError`,
 * and `TypeError` is the same in both.
 *
 * @module
 */

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
 * The work was cancelled. It is thrown into the coroutine where it waits, so that `finally` runs; let it pass after
 * cleaning up. `message` is what `cancel()` was given, or empty.
 *
 * It inherits from Error without being made by it, since that would cost a cancel more than all the rest: `instanceof Error` and
 * `Object.prototype.toString` take it for an error, `Error.isError()` and `util.types.isNativeError()` do not, and `structuredClone()` makes
 * an object of it that has only the message. Whoever sends it elsewhere makes an error of it first: `new Error(error.message)`.
 *
 * JavaScript has no base class above Error that a bare `catch {}` would let through: whoever
 * catches everything must throw this again.
 *
 * @example Clean up, then let it pass
 * ```ts
 * import { CancelledError, createTask, run, sleep } from "@loop/asyncio";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const task = createTask(function* () {
 *     try {
 *       yield* sleep(60_000);
 *     } catch (error) {
 *       assert(error instanceof CancelledError);
 *       assertEquals(error.message, "enough");
 *       throw error;
 *     }
 *   });
 *   yield* sleep(0);
 *   task.cancel("enough");
 *   try {
 *     yield* task;
 *   } catch {
 *     assert(task.cancelled());
 *   }
 * });
 * ```
 *
 * @category Errors
 */
export class CancelledError {
  /** What `cancel()` was given; empty if nothing. */
  message: string;

  /** Makes the error; the message says why the work is not wanted any more. */
  constructor(message = "") {
    this.message = message;
  }
}

/**
 * It is an Error in every way that shows.
 *
 * @category Errors
 */
export interface CancelledError extends Error {
  /** Always `"CancelledError"`. */
  name: string;
}

// Running Error's constructor captures a stack, which costs a hundred times as much as this. Cancelling must be cheap, and the stack
// of the place that cancelled says nothing of the work that was: the stack is the first line alone, made when somebody looks.
Object.setPrototypeOf(CancelledError.prototype, Error.prototype);
Object.setPrototypeOf(CancelledError, Error);

function describe(this: CancelledError): string {
  return String(this.stack);
}

for (
  const [key, value] of [
    ["name", "CancelledError"],
    // What others ask who do not trust instanceof.
    [Symbol.toStringTag, "Error"],
    [Symbol.for("nodejs.util.inspect.custom"), describe],
    [Symbol.for("Deno.customInspect"), describe],
  ] as const
) {
  Object.defineProperty(CancelledError.prototype, key, { value, writable: true, configurable: true });
}

Object.defineProperty(CancelledError.prototype, "stack", {
  configurable: true,
  get(this: CancelledError): string {
    const stack = this.message === "" ? this.name : `${this.name}: ${this.message}`;
    Object.defineProperty(this, "stack", { value: stack, writable: true, configurable: true });
    return stack;
  },
  set(this: CancelledError, value: string) {
    Object.defineProperty(this, "stack", { value, writable: true, configurable: true });
  },
});

/** Whether something thrown is a cancellation. */
export function isCancelled(error: unknown): error is CancelledError {
  return error instanceof CancelledError;
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
