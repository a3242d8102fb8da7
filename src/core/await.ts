/**
 * One `await` of async code on something of this module.
 *
 * @module
 */
import type { AnyAwait, AnyCode, Parkable } from "./contract.ts";

/** A handler of `then`. For an `await` these are functions of the host. */
export type Handler = ((value: never) => unknown) | null | undefined;

/** Where {@linkcode takeSettlers} leaves the functions of the newest promise. */
const newest: { resolve: (value: never) => void; reject: (reason: unknown) => void } = {
  resolve: () => {},
  reject: () => {},
};

/** The executor of the promise of an await, which is made right after it. A closure for each promise is a fifth of what an await allocates. */
export function takeSettlers(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  newest.resolve = resolve;
  newest.reject = reject;
}

/** An await: of a future, see `awaiter.ts`, or of a coroutine, see `strand.ts`. It settles the promise that `then` returned. */
export abstract class Await implements AnyAwait {
  /** The code that awaits; null if that belongs to no task of this loop. */
  readonly code: AnyCode | null;
  /** The round of the code in which it began; see `async_code.ts`. */
  round = 0;
  /** Its neighbours among all that the code awaits. */
  before: AnyAwait | null = null;
  after: AnyAwait | null = null;
  /** Whether the cancel that is owed was passed on to what it waits for, when it began to wait. */
  delivered = false;
  /** Whether it took a cancel that its code is still owed: it must not hear of that a second time. */
  told = false;
  readonly #onFulfilled: Handler;
  readonly #onRejected: Handler;
  readonly #resolve: (value: never) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    code: AnyCode | null,
    onFulfilled: Handler,
    onRejected: Handler,
  ) {
    this.code = code;
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#resolve = newest.resolve;
    this.#reject = newest.reject;
  }

  /** What it waits for; null between two waits. */
  abstract get awaited(): Parkable | null;

  /** Cancels what it waits for, or makes sure that it ends with a cancel. Returns false if that may be heard late, or never. */
  abstract cancelWait(message: string | undefined): boolean;

  /** A cancel passes by, on its way to the task that it waits for. */
  cancelPasses(_message: string | undefined): void {}

  /** Forgets a cancel that has not been delivered. */
  abstract forgetCancel(): void;

  /** Ends with a cancel though what it waits for is not done, because that waits for this in turn. */
  abstract breakOff(message: string | undefined): void;

  /** The code has ended. What this waits for goes on without it. */
  abstract outliveCode(): void;

  /** It has ended: settles the promise as the handlers of `then` say. */
  settle(failed: boolean, value: unknown): void {
    const callback = failed ? this.#onRejected : this.#onFulfilled;
    if (typeof callback !== "function") {
      if (failed) this.#reject(value);
      else this.#resolve(value as never);
      return;
    }
    try {
      this.#resolve(callback(value as never) as never);
    } catch (error) {
      this.#reject(error);
    }
  }
}
