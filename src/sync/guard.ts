/**
 * Releasing at the end of a block.
 *
 * @module
 */

/** What a guard releases. */
export interface Guarded {
  /** Releases the acquisition of a guard, unless it is released already. */
  releaseFor(guard: Guard): void;
}

/**
 * One acquisition of a {@linkcode Lock}, {@linkcode Condition} or {@linkcode Semaphore}, for `using`: it is released
 * at the end of the block. Nothing happens if it was released by hand before. An acquisition of another task is never
 * released.
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
 *
 * @category Synchronization
 */
export class Guard implements Disposable {
  readonly #guarded: Guarded;

  /** @ignore Made by `acquire()`. */
  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Releases the acquisition, unless it is released already. */
  [Symbol.dispose](): void {
    this.#guarded.releaseFor(this);
  }
}
