/**
 * The body of a request, as it comes.
 *
 * @module
 */
import type { GrowingBytes } from "../../adapters/shared/growing_bytes.ts";
import { type BodyKind, HeadError } from "./http_head.ts";

/** The longest line between two chunks, and the most bytes that are handed on at once. */
const LONGEST_LINE = 1_024;
const LONGEST_PART = 65_536;

const decoder = new TextDecoder("latin1");

/** Takes a body out of what has come. */
export class BodyReader {
  /** Whether all of it was taken. */
  isOver: boolean;
  /** How much is to come before the next thing: the end, or the line of a chunk. */
  #left: number;
  readonly #isChunked: boolean;
  /** Between a chunk and the next line. */
  #isBehindChunk = false;
  #isInTrailer = false;

  constructor(kind: BodyKind) {
    this.#isChunked = kind === "chunked";
    this.#left = kind === "chunked" ? 0 : kind;
    this.isOver = kind === 0;
  }

  /**
   * The next part, or null if more has to come, or the body is over.
   *
   * @throws {HeadError} if it is malformed
   */
  next(come: GrowingBytes): Uint8Array<ArrayBuffer> | null {
    while (!this.isOver) {
      if (this.#left > 0) {
        if (come.size === 0) return null;
        const part = new Uint8Array(come.bytes.subarray(0, Math.min(this.#left, LONGEST_PART)));
        come.drop(part.length);
        this.#left -= part.length;
        if (this.#left === 0) {
          if (this.#isChunked) this.#isBehindChunk = true;
          else this.isOver = true;
        }
        return part;
      }
      const line = this.#line(come);
      if (line === null) return null;
      this.#between(line);
    }
    return null;
  }

  #line(come: GrowingBytes): string | null {
    const { bytes } = come;
    const end = bytes.indexOf(10);
    if (end > LONGEST_LINE || (end < 0 && bytes.length > LONGEST_LINE)) {
      throw new HeadError(400, "a chunk without a length");
    }
    if (end < 0) return null;
    if (bytes[end - 1] !== 13) throw new HeadError(400, "a line that does not end as lines do");
    const line = decoder.decode(bytes.subarray(0, end - 1));
    come.drop(end + 1);
    return line;
  }

  #between(line: string): void {
    if (this.#isInTrailer) {
      this.isOver = line === "";
    } else if (this.#isBehindChunk) {
      if (line !== "") throw new HeadError(400, "a chunk that is longer than it says");
      this.#isBehindChunk = false;
    } else {
      const [, digits] = /^([\da-f]{1,13})[\t ]*(?:;.*)?$/i.exec(line) ?? [];
      if (digits === undefined) throw new HeadError(400, "a length of a chunk that is none");
      this.#left = parseInt(digits, 16);
      this.#isInTrailer = this.#left === 0;
    }
  }
}
