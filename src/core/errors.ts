/**
 * The errors of the loop itself and of everything built on it.
 *
 * CPython's names are kept where its asyncio has one. What it calls `ValueError` is JavaScript's own `RangeError`,
 * and `TypeError` is the same in both.
 *
 * @module
 */

/** Sets the name once for all instances: a field would cost each of them a slot. */
function named(error: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(error.prototype, "name", { value: name, writable: true, configurable: true });
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
 */
export class RuntimeError extends Error {}
named(RuntimeError, "RuntimeError");

/**
 * A future was asked for what its state cannot give: a result that is not there yet, or a second result.
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
 */
export class InvalidStateError extends Error {}
named(InvalidStateError, "InvalidStateError");

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
 */
export class TimeoutError extends Error {}
named(TimeoutError, "TimeoutError");

/**
 * SIGINT ended the program: `run` rejects with it after the main task was cancelled, and the exit code becomes 130.
 * Thrown inside the loop it is not caught on behalf of anyone: it leaves `runForever`.
 *
 * @example What Ctrl-C makes of a program
 * ```ts
 * import { KeyboardInterrupt } from "@loop/asyncio";
 *
 * try {
 *   // await run(main);
 * } catch (error) {
 *   if (!(error instanceof KeyboardInterrupt)) throw error;
 * }
 * ```
 */
export class KeyboardInterrupt extends Error {}
named(KeyboardInterrupt, "KeyboardInterrupt");

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
 */
export class NotSupportedError extends Error {}
named(NotSupportedError, "NotSupportedError");

/** What an {@linkcode OSError} knows beside its message. */
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
 */
export class OSError extends Error {
  /** The system's name for what went wrong, such as `"EADDRINUSE"`, the same on every runtime. */
  readonly code: string;

  /** Makes the error; the message says what could not be done, why, and what to do instead. */
  constructor(message: string, options: OSErrorOptions) {
    super(message, options);
    this.code = options.code;
  }
}
named(OSError, "OSError");
