/**
 * What the loop will run next, first come first served.
 *
 * @module
 */

import type { Runnable } from "./contract.ts";

/** A ring buffer that grows and never shrinks: no allocation per entry, no shifting. */
export class ReadyQueue {
  #ring: (Runnable | undefined)[] = new Array(64).fill(undefined);
  #mask = 63;
  #head = 0;
  #length = 0;

  /** How many entries wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds an entry at the end. */
  push(entry: Runnable): void {
    if (this.#length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.#length++) & this.#mask] = entry;
  }

  /** The first entry: what runs, or is the next to. */
  first(): Runnable | undefined {
    return this.#ring[this.#head];
  }

  /** Forgets the first entry, which has run. Only called when there is one. */
  drop(): void {
    const head = this.#head;
    this.#ring[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.#length--;
  }

  /** Forgets everything without running it. */
  clear(): void {
    this.#ring = new Array(64).fill(undefined);
    this.#mask = 63;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const old = this.#ring;
    const size = old.length;
    const ring = new Array<Runnable | undefined>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) ring[i] = old[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = size * 2 - 1;
    this.#head = 0;
  }
}
