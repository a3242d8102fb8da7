/**
 * The memory that everything is read into.
 *
 * @module
 */

import { keepFreedMemory } from "../shared/freed_memory.ts";

/** How many bytes small reads share. */
export const ARENA_SIZE: number = 64 * 1024;

/** How many bytes a small read has room for. What is more is read by the next ones, into large memory. */
export const SMALL_SIZE: number = 8 * 1024;

/** How many bytes a large read has room for. Rule: the most that one read brings on loopback, and it still fits into a processor's cache. */
export const LARGE_SIZE: number = 256 * 1024;

/**
 * From how many bytes on whoever gets them may keep them. Rule: who keeps a few keeps the whole arena from being freed, so of less than a 128th
 * of it a copy is made, which costs little.
 */
export const LEAST_KEPT = ARENA_SIZE / 128;

/** How many arrays for large reads are kept for others when nobody has them. */
const MOST_SPARE = 2;

/**
 * How many numbers of the engine's own heap an arena takes along. V8 looks for young garbage when its heap has grown by so much, and of an array's
 * memory nothing is in its heap. But when there is much of that, it goes through everything that is alive, and the program stands still for ten
 * milliseconds, several times a second beside fifty busy connections whose messages are kept. Rule: twice the bytes of
 * the arena, the most that V8 takes for something small, so that young garbage is looked for some times as often, and all of it hardly ever.
 */
const WEIGHT = "Deno" in globalThis ? 16_320 : 0;

/** Memory that many small reads share, each with a part of its own. */
export class Arena {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(ARENA_SIZE);
  /** Nothing but weight. */
  readonly weight: readonly number[] = new Array<number>(WEIGHT);
  /** Where the next part begins. */
  next = 0;
  /** How many parts are lent. */
  lent = 0;
  /** Somebody has kept a part for good: nothing of it is used a second time. */
  isKept = false;
}

/** Lends memory. */
export class ReadMemory {
  #arena = new Arena();
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** The arena with room for a small read, from `next` on. */
  small(): Arena {
    const arena = this.#arena;
    if (arena.lent === 0 && !arena.isKept && arena.bytes.length > 0) {
      arena.next = 0;
      return arena;
    }
    if (arena.next + SMALL_SIZE <= arena.bytes.length) return arena;
    return this.#arena = new Arena();
  }

  /** An array for a large read. */
  large(): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    // Whoever has had it has transferred it to somebody.
    if (spare !== undefined && spare.length > 0) return spare;
    // What is read into it is copied for whoever gets it.
    keepFreedMemory();
    return new Uint8Array(LARGE_SIZE);
  }

  /** It is not used any more. */
  putBack(large: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(large);
  }
}
