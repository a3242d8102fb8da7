/**
 * What a cancelled coroutine is thrown.
 *
 * @module
 */

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
