/**
 * Bytes that have come and were not read yet.
 *
 * @module
 */
import { memoryTransferred } from "../adapters/shared/memory_transferred.ts";

/** No bytes. */
export const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
/** The smallest memory that is allocated to grow, in bytes. */
const SMALLEST = 256;

/**
 * A buffer that grows at its end and is read from its start. Each byte is copied in and out at most once, and none that comes and goes in one
 * piece is copied at all. What it returns is nobody else's.
 */
export class ByteBuffer {
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  /** How many bytes it holds. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends a copy of the bytes: whoever fed them may use their memory again. */
  append(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#bytes.set(data, this.#end);
    this.#end += data.length;
  }

  /** Appends bytes that nobody else will touch: into an empty buffer they go as they are. */
  adopt(data: Uint8Array): void {
    // A subclass may have a slice() that does not copy.
    if (this.length > 0 || data.constructor !== Uint8Array) return this.append(data);
    this.#bytes = data;
    this.#start = 0;
    this.#end = data.length;
  }

  /** Removes up to `n` bytes from the start, and returns them. */
  take(n: number): Uint8Array {
    const bytes = this.#bytes;
    const start = this.#start;
    const end = start + Math.min(n, this.length);
    // It would look like the end of a stream.
    if (end > bytes.length) throw memoryTransferred();
    if (end < this.#end) this.#start = end;
    else this.clear();
    if (start > 0 || end < bytes.length) return bytes.slice(start, end);
    // Everything, in memory that holds nothing else: handed out as it is.
    this.#bytes = NOTHING;
    return bytes;
  }

  /** Removes up to `n` bytes from the start. */
  drop(n: number): void {
    this.#start += Math.min(n, this.length);
    if (this.#start === this.#end) this.clear();
  }

  /** Removes everything. */
  clear(): void {
    this.#start = this.#end = 0;
  }

  /** Where the bytes occur first, at or after `from`; -1 if nowhere. */
  find(wanted: Uint8Array, from: number): number {
    const first = wanted[0] as number;
    const last = this.#end - wanted.length;
    if (this.#end > this.#bytes.length) throw memoryTransferred();
    let at = this.#start + from;
    for (;;) {
      at = this.#bytes.indexOf(first, at);
      // Beyond the end lies what was read before.
      if (at < 0 || at > last) return -1;
      if (this.#holds(wanted, at)) return at - this.#start;
      at++;
    }
  }

  /** Whether the bytes stand at a place. */
  startsWith(wanted: Uint8Array, place: number): boolean {
    return place + wanted.length <= this.length && this.#holds(wanted, this.#start + place);
  }

  #holds(wanted: Uint8Array, at: number): boolean {
    for (let i = 0; i < wanted.length; i++) {
      if (this.#bytes[at + i] !== wanted[i]) return false;
    }
    return true;
  }

  #reserve(more: number): void {
    const length = this.length;
    if (this.#end > this.#bytes.length) throw memoryTransferred();
    if (this.#end + more <= this.#bytes.length) return;
    if (2 * (length + more) <= this.#bytes.length) {
      // At least half of the memory lies before the start, so each byte that moves was paid for by one that was read.
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      // What comes into an empty one is mostly taken in one piece: it is handed out as it is then, and nothing stays here.
      const bytes = new Uint8Array(length === 0 ? more : Math.max(SMALLEST, length + more, 2 * length));
      bytes.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = bytes;
    }
    this.#start = 0;
    this.#end = length;
  }
}

/** The bytes of several pieces in a row. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
