/**
 * What an acquisition is given back by.
 *
 * @module
 */

/** What gives guards out, and takes the acquisition back of each. */
export interface Guarded {
  /** Gives the acquisition of a guard back, unless that has been done. */
  releaseFor(guard: Guard): void;
}

/**
 * One acquisition of a {@linkcode Lock}, {@linkcode Condition} or {@linkcode Semaphore}, for `using`: it is given back
 * at the end of the block. Nothing happens if it was given back by hand before, and an acquisition of somebody else is
 * never touched.
 *
 * @example Released at the end of the block
 * ```ts
 * import { Lock, run } from "@loop/asyncio";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const lock = new Lock();
 * await run(function* () {
 *   {
 *     using _guard = yield* lock.acquire();
 *     assert(lock.locked());
 *   }
 *   assertFalse(lock.locked());
 * });
 * ```
 */
export class Guard implements Disposable {
  readonly #guarded: Guarded;

  /** @ignore Made by `acquire()`. */
  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Gives the acquisition back, unless that has been done. */
  [Symbol.dispose](): void {
    this.#guarded.releaseFor(this);
  }
}
