/**
 * Random numbers that a seed decides.
 *
 * @module
 */

/** Draws numbers, one after the other. */
export class Numbers {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds would draw alike at first.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** A number from 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `n`. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Whether something of that probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the choices. */
  pick<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}
