/**
 * Everything that is drawn on a simulated network.
 *
 * @module
 */
import { seededRandom } from "../random.ts";
import type { Span } from "./options.ts";

/** Draws, always the same from the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Whether something happens that is so probable. What never or always happens draws nothing. */
  happens(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.#random() < probability;
  }

  /** A whole number from the least to the most, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** Milliseconds in whole microseconds, so that sums of them are the same everywhere and are read easily. */
  span(span: Span): number {
    if (typeof span === "number") return span;
    const [least, most] = span;
    return Math.round((least + this.#random() * (most - least)) * 1000) / 1000;
  }
}
