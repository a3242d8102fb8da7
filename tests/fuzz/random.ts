/**
 * Numbers that look like chance and are the same for the same seed, on every runtime.
 *
 * @module
 */

/** A source of choices. */
export class Random {
  #state: number;

  /** Each number of an input has choices of its own, so that one input can be made again without those before it. */
  constructor(seed: number, place = 0) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35)) >>> 0;
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** At least 0 and less than so much. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** From one number to another, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** Whether what happens one time in so many happens. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** One of these, made when it is chosen. */
  make<T>(...makers: readonly (() => T)[]): T {
    return this.pick(makers)();
  }

  /** So many of something. */
  several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.between(1, most) }, make);
  }

  /** Any bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }

  /** Lengths, with those beside which things change. */
  length(most: number): number {
    const edges = [0, 1, 2, 125, 126, 127, 255, 256, 1_023, 1_024, 4_096, 16_384, 65_535, 65_536, 65_537, most];
    const length = this.oneIn(2) ? this.below(Math.min(most, 64) + 1) : this.pick(edges);
    return Math.min(length, most);
  }

  #next(): number {
    // mulberry32
    let t = (this.#state = (this.#state + 0x6d2b79f5) >>> 0);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
