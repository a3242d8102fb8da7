/**
 * The memory that a connection of Deno is read into.
 *
 * @module
 */

import { keepFreedMemory } from "../shared/freed_memory.ts";

/**
 * How many bytes of memory a connection begins with. Rule: one that waits costs no more than this, so a hundred thousand idle clients cost
 * a hundred megabytes.
 */
export const FIRST_SIZE = 1024;

/**
 * How many bytes it grows to. Rule: the most that one read brings at a time on loopback. More memory would not make reads fewer, and a
 * quarter of a megabyte still fits into a processor's cache.
 */
export const LARGEST_SIZE: number = 256 * 1024;

/**
 * By which factor it grows and shrinks. Rule: a read that fills half of the memory would have brought more, so it grows at once; three such
 * reads take a connection from the first size to the largest but one.
 */
export const GROWTH = 8;

/**
 * Up to how many bytes of memory whoever gets a part of it may keep that part, and the next read goes into the rest. Rule: keep what is
 * cheaper to give away than to copy. Larger memory, most of which is in no cache while it is new, takes longer to fill than to copy from.
 */
export const MOST_KEPT: number = 8 * 1024;

/**
 * After how many reads in a row that would have had room in memory of the next smaller size it shrinks to that. Rule: a connection that
 * was busy and is no more gives its memory back, but one whose messages are large and small in turn does not make new memory for each.
 */
export const SMALL_READS = 16;

/** Decides how much memory a connection has, and who may keep a part of it. */
export class ReadMemory {
  #bytes = new Uint8Array(FIRST_SIZE);
  /** How many bytes at the front somebody has kept. */
  #kept = 0;
  #smallReads = 0;
  #isGiven = false;
  #mayKeep = false;

  /** How many bytes it has. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Where the next read goes: behind what somebody has kept. */
  room(): Uint8Array<ArrayBuffer> {
    // Whoever has kept a part of it has transferred all of it.
    if (this.#bytes.length === 0) this.#renew(FIRST_SIZE);
    if (this.#smallReads === SMALL_READS) this.#renew(this.#bytes.length / GROWTH);
    return this.#kept === 0 ? this.#bytes : this.#bytes.subarray(this.#kept);
  }

  /** What a read has brought, of so many bytes; null if the memory was transferred meanwhile, and they with it. */
  take(length: number): Uint8Array<ArrayBuffer> | null {
    const memory = this.#bytes;
    const size = memory.length;
    if (size === 0) return null;
    const bytes = memory.subarray(this.#kept, this.#kept + length);
    // One read decides, not the sum of many: who sends little at a time would end up with as much memory as who sends a lot.
    this.#isGiven = length * 2 >= size && size < LARGEST_SIZE;
    if (this.#isGiven) {
      this.#renew(size * GROWTH);
      return bytes;
    }
    this.#mayKeep = size <= MOST_KEPT;
    if (this.#mayKeep || length * GROWTH >= size) this.#smallReads = 0;
    else this.#smallReads++;
    return bytes;
  }

  /** Whether the bytes that were taken last are their taker's, since the memory that they are in is not used any more. */
  get isGiven(): boolean {
    return this.#isGiven;
  }

  /** Whether their taker may {@linkcode ReadMemory.keep} them otherwise. */
  get mayKeep(): boolean {
    return this.#mayKeep;
  }

  /** The bytes that were taken last, so many of them, are their taker's from now on. */
  keep(length: number): void {
    const size = this.#bytes.length;
    this.#kept += length;
    // A read that fills the room is followed by one in vain, so a message of the same length must leave some.
    if (this.#kept + length >= size) this.#renew(size);
  }

  #renew(size: number): void {
    // What is read into so much is copied for whoever gets it.
    if (size > MOST_KEPT) keepFreedMemory();
    this.#bytes = new Uint8Array(Math.min(size, LARGEST_SIZE));
    this.#kept = this.#smallReads = 0;
  }
}
