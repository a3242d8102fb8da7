/**
 * What an acquire gives.
 *
 * @module
 */

/** What a guard gives back to. */
interface Guarded {
  _releaseFor(guard: Guard): void;
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
  /** @internal */
  readonly _guarded: Guarded;

  /** @internal */
  constructor(guarded: Guarded) {
    this._guarded = guarded;
  }

  /** Gives the acquisition back, unless that has been done. */
  [Symbol.dispose](): void {
    this._guarded._releaseFor(this);
  }
}
