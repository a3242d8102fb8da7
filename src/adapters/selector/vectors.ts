/**
 * Several arrays that are sent by one call of the system.
 *
 * @module
 */

import type { Library } from "./library.ts";
import { MSG_NOSIGNAL } from "./linux.ts";

/** The most arrays that the system takes in one call (`IOV_MAX`). */
const MOST = 1024;

/**
 * Below so many bytes an array is copied in the place of telling where it is. Rule: the engine has small arrays in memory that it moves, and to
 * ask where one is costs about as much as to copy this.
 */
const LEAST = 4096;

/** The most bytes of one call: its result has 32 bits. */
const MOST_BYTES = 2 ** 30;

/** The bytes of a `struct msghdr`, and where in it the list begins. */
const HEADER_SIZE = 56;
const LIST_AT = 16;

/** What is sent: the list of addresses and lengths that the system wants. It is made again for every call, in the same memory. */
export class Vectors {
  readonly #library: Library;
  /** One `struct iovec` after the other: an address and a length, of 64 bits each. */
  readonly #list = new Uint32Array(4 * MOST);
  readonly #listBytes = new Uint8Array(this.#list.buffer);
  readonly #header = new Uint32Array(HEADER_SIZE / 4);
  readonly #headerBytes = new Uint8Array(this.#header.buffer);
  readonly #copies = new Uint8Array(64 * 1024);
  readonly #copiesAt: number;

  constructor(library: Library) {
    this.#library = library;
    this.#copiesAt = library.addressOf(this.#copies);
    put(this.#header, LIST_AT / 4, library.addressOf(this.#listBytes));
  }

  /**
   * Sends the arrays by a socket, or writes them to a pipe. Returns how many bytes the system has taken, or −1 if it has failed. It may be
   * offered less than everything.
   */
  send(fd: number, arrays: readonly Uint8Array[], isSocket: boolean): number {
    const library = this.#library;
    const count = this.#describe(arrays);
    if (!isSocket) return library.writev(fd, this.#listBytes, count);
    put(this.#header, LIST_AT / 4 + 2, count);
    return library.sendmsg(fd, this.#headerBytes, MSG_NOSIGNAL);
  }

  /** Writes down where the arrays are; returns how many of them. */
  #describe(arrays: readonly Uint8Array[]): number {
    const list = this.#list;
    const most = Math.min(arrays.length, MOST);
    let copied = 0;
    let sum = 0;
    for (let i = 0; i < most; i++) {
      const array = arrays[i]!;
      const { length } = array;
      sum += length;
      if (i > 0 && sum > MOST_BYTES) return i;
      if (length >= LEAST) put(list, 4 * i, this.#library.addressOf(array));
      else {
        if (copied + length > this.#copies.length) return i;
        this.#copies.set(array, copied);
        put(list, 4 * i, this.#copiesAt + copied);
        copied += length;
      }
      put(list, 4 * i + 2, Math.min(length, MOST_BYTES));
    }
    return most;
  }
}

/** Writes a number of 64 bits. */
function put(words: Uint32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / 2 ** 32;
}
