/**
 * What becomes of memory that was freed.
 *
 * @module
 */

/**
 * How long the array is by which the system learns it. Rule: just below the most that the C library of Linux learns from, and more than V8 frees at
 * a time, which is 32 MB at most.
 */
const LESSON = 31 * 1024 * 1024;

let isKept = false;

/**
 * Has the C library keep the memory of arrays that were freed for the next ones, up to 62 MB. Whoever gets what was read gets it in an array of its
 * own, so as many bytes are allocated and freed as come. The library gives what is free at the end of the heap back to the system from 128 KB on,
 * and every page of it costs a fault when it is needed again: several times what it costs to fill it.
 *
 * There is no call for that. But the library takes an array that was allocated by itself and freed as a sign that such arrays come and go: it
 * keeps twice as much from then on. The array is never written to, and so takes no memory.
 */
export function keepFreedMemory(): void {
  if (isKept) return;
  isKept = true;
  // Bun has an allocator of its own.
  if ("Bun" in globalThis) return;
  try {
    new ArrayBuffer(LESSON).transfer(0);
  } catch {
    // There is no room for so much. It works without.
  }
}
