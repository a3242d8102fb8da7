/**
 * What was written and not yet taken by the system.
 *
 * @module
 */
import { concatenate } from "../io/reader_state.ts";

/** Arrays below this length are put together; larger ones are sent as they are. */
const JOINED_BELOW = 16 * 1024;
/** The length of the arrays that small ones are put together in. */
const BLOCK = 64 * 1024;
/** The first such array is smaller. */
const FIRST_BLOCK = 4 * 1024;

/**
 * A queue of arrays with the sum of their lengths. Small ones are copied into blocks, each byte a fixed number of times, so that the
 * system is called once for many; a small one that is alone, and a large one, is never copied.
 */
export class WriteBuffer {
  /** How many bytes wait. */
  size = 0;
  /** What the system is offered. */
  #head: Uint8Array | null = null;
  /** Complete arrays that come after it, from `#next` on. */
  readonly #queue: Uint8Array[] = [];
  #next = 0;
  /** The end: an array of somebody else, or a block of ours whose first `#filled` bytes count. */
  #tail: Uint8Array | null = null;
  #filled = 0;
  #ours = false;

  /** Appends bytes. The array must not change until it was taken. */
  push(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (bytes.length >= JOINED_BELOW) {
      this.#seal();
      this.#queue.push(bytes);
    } else if (this.#tail === null) {
      this.#tail = bytes;
      this.#filled = bytes.length;
      this.#ours = false;
    } else {
      this.#append(bytes);
    }
  }

  /** What to offer to the system next, or null if nothing waits. The same array until some of it was taken. */
  first(): Uint8Array | null {
    if (this.#head !== null) return this.#head;
    if (this.#next < this.#queue.length) {
      this.#head = this.#queue[this.#next]!;
      this.#queue[this.#next++] = this.#head.subarray(0, 0);
      if (this.#next === this.#queue.length) {
        this.#queue.length = 0;
        this.#next = 0;
      } else if (this.#next > 1024 && this.#next * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#next);
        this.#next = 0;
      }
    } else if (this.#tail !== null) {
      this.#head = this.#takeTail();
    }
    return this.#head;
  }

  /** Makes a list of what to offer to the system next: arrays until they have so many bytes. Returns how many they have. */
  next(most: number, list: Uint8Array[]): number {
    this.#seal();
    list.length = 0;
    let length = 0;
    for (let head = this.first(), i = this.#next; head !== null && length < most; head = this.#queue[i++] ?? null) {
      length += head.length;
      list.push(head);
    }
    return length;
  }

  /** Forgets so many bytes of what was offered. */
  consume(length: number): void {
    this.size -= length;
    for (let rest = length; rest > 0;) {
      const head = this.first();
      if (head === null) return;
      this.#head = rest >= head.length ? null : head.subarray(rest);
      rest -= head.length;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.size = 0;
    this.#head = this.#tail = null;
    this.#queue.length = 0;
    this.#next = 0;
  }

  /** Returns everything that waits as one array, and forgets it. */
  takeAll(): Uint8Array {
    this.#seal();
    const all = this.#queue.slice(this.#next);
    if (this.#head !== null) all.unshift(this.#head);
    this.clear();
    return concatenate(all);
  }

  #append(bytes: Uint8Array): void {
    const tail = this.#tail as Uint8Array;
    const length = this.#filled + bytes.length;
    if (this.#ours && length <= tail.length) {
      tail.set(bytes, this.#filled);
      this.#filled = length;
      return;
    }
    if (length > BLOCK) {
      this.#seal();
      this.#tail = bytes;
      this.#filled = bytes.length;
      this.#ours = false;
      return;
    }
    const block = new Uint8Array(Math.min(BLOCK, Math.max(FIRST_BLOCK, length * 2)));
    block.set(tail.subarray(0, this.#filled));
    block.set(bytes, this.#filled);
    this.#tail = block;
    this.#filled = length;
    this.#ours = true;
  }

  #seal(): void {
    if (this.#tail !== null) this.#queue.push(this.#takeTail());
  }

  #takeTail(): Uint8Array {
    const tail = this.#tail as Uint8Array;
    this.#tail = null;
    return this.#ours ? tail.subarray(0, this.#filled) : tail;
  }
}
