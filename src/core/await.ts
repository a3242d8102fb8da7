/**
 * One `await` of async code on something of this module.
 *
 * @module
 */
import type { AnyAwait, AnyCode, Parkable } from "./contract.ts";

/** What somebody gave to `then`; an `await` gives functions of the host. */
export type Handler = ((value: never) => unknown) | null | undefined;

/** An await: of a future, see `awaiter.ts`, or of a coroutine, see `strand.ts`. It settles the promise that `then` returned. */
export abstract class Await implements AnyAwait {
  /** @internal Whose await it is; null if that is nobody's code. */
  readonly code: AnyCode | null;
  /** @internal The round of that in which it was begun; see `async_code.ts`. */
  round = 0;
  /** @internal Its neighbours among all that the code awaits. */
  before: AnyAwait | null = null;
  /** @internal */
  after: AnyAwait | null = null;
  /** @internal Whether a cancel that is owed was given to what it waits for, when it began to wait. */
  delivered = false;
  /** @internal Whether it took a cancel that its code is owed all the same: what it stands for is not to hear of that once more. */
  told = false;
  readonly #onFulfilled: Handler;
  readonly #onRejected: Handler;
  readonly #resolve: (value: never) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    code: AnyCode | null,
    onFulfilled: Handler,
    onRejected: Handler,
    resolve: (value: never) => void,
    reject: (reason: unknown) => void,
  ) {
    this.code = code;
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** @internal What it waits for; null between two waits. */
  abstract get awaited(): Parkable | null;

  /** @internal Cancels what it waits for, or sees to it that it ends with a cancel; false if that may be heard late, or never. */
  abstract cancelWait(message: string | undefined): boolean;

  /** @internal A cancel passes it on the way to a task that it waits for. */
  cancelPasses(_message: string | undefined): void {}

  /** @internal Forgets a cancel that has not been delivered. */
  abstract forgetCancel(): void;

  /** @internal Goes on with a cancel though what it waits for is not done: that waits for this in turn. */
  abstract breakOff(message: string | undefined): void;

  /** @internal The code has ended, and this goes on without it. */
  abstract outliveCode(): void;

  /** @internal It has ended: settles the promise, by way of what was given to `then`. */
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
