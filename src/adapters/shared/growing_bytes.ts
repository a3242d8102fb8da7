/**
 * Bytes that come bit by bit.
 *
 * @module
 */

/**
 * Bytes that are taken from the front and added at the end. However small the parts are that they come in, there is one array of at most
 * twice their size.
 */
export class GrowingBytes {
  #array = new Uint8Array(0);
  #start = 0;
  #size = 0;
  /** Whether the array was made here, and may be written to. */
  #isOwn = false;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** All of them; valid until the next call. */
  get bytes(): Uint8Array {
    return this.#array.subarray(this.#start, this.#start + this.#size);
  }

  /** Adds bytes, which are kept as they are if they are the only ones. */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return;
    if (this.#size === 0) {
      // A plain view: methods such as slice() mean something else on a Buffer.
      this.#array = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
      this.#start = 0;
      this.#isOwn = false;
    } else {
      if (!this.#isOwn || this.#start + this.#size + length > this.#array.length) this.#grow(this.#size + length);
      this.#array.set(bytes, this.#start + this.#size);
    }
    this.#size += length;
  }

  /** Forgets so many from the front. */
  drop(count: number): void {
    this.#size -= count;
    this.#start += count;
    if (this.#size === 0) this.#array = new Uint8Array(0);
  }

  #grow(needed: number): void {
    const array = new Uint8Array(Math.max(needed, 2 * this.#size));
    array.set(this.bytes);
    this.#array = array;
    this.#start = 0;
    this.#isOwn = true;
  }
}
