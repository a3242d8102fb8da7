/**
 * What goes wrong again and again is told once.
 *
 * @module
 */

/** Milliseconds for which all must have been well, until it is told again that it is not. */
const WELL = 10_000;

/** A spell of failures. */
export class Spell {
  #last = -Infinity;

  /** It has gone wrong. Whether that begins a spell, and is news. */
  failed(): boolean {
    const now = performance.now();
    const isNews = now - this.#last > WELL;
    this.#last = now;
    return isNews;
  }
}
