/**
 * What is loaded when it is needed.
 *
 * @module
 */
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";

/** A part that is loaded once. A program that knows it by then goes on without waiting. */
export class Part<T> {
  #loaded: T | null = null;
  readonly #import: () => Promise<T>;

  constructor(load: () => Promise<T>) {
    this.#import = load;
  }

  *load(): Coroutine<T> {
    return this.#loaded ??= yield* fromPromise(this.#import());
  }
}
