/**
 * The frames of RFC 6455, as a server reads and writes them.
 *
 * @module
 */

import { GrowingBytes } from "../shared/growing_bytes.ts";

/** What a frame is. */
export const CONTINUATION = 0;
/** A message of text. */
export const TEXT = 1;
/** A message of bytes. */
export const BINARY = 2;
/** The end. */
export const CLOSE = 8;
/** The question whether the other end is there. */
export const PING = 9;
/** The answer to that. */
export const PONG = 10;

/** A frame that has come. */
export interface Frame {
  readonly opcode: number;
  /** Whether it is the last of its message. */
  readonly last: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The client does not keep to the protocol; the WebSocket is to be closed with this code. */
export class FrameError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes frames of bytes as they come. */
export class FrameReader {
  readonly #limit: number;
  readonly #come = new GrowingBytes();

  /** Frames may be as long as the limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes bytes. */
  push(bytes: Uint8Array): void {
    this.#come.push(bytes);
  }

  /**
   * Returns the next frame, or undefined if some of it is still to come.
   *
   * @throws {FrameError} if it is malformed or too long
   */
  next(): Frame | undefined {
    const { bytes } = this.#come;
    if (bytes.length < 2) return undefined;
    const first = bytes[0]!;
    const second = bytes[1]!;
    const opcode = first & 0x0f;
    const last = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) throw new FrameError(1002, "reserved bits are set");
    if ((second & 0x80) === 0) throw new FrameError(1002, "a frame is not masked");
    if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) throw new FrameError(1002, "an unknown kind of frame");
    let length = second & 0x7f;
    if (opcode >= CLOSE && (!last || length > 125)) throw new FrameError(1002, "a control frame is too long, or split");
    const extra = length === 126 ? 2 : length === 127 ? 8 : 0;
    const start = 2 + extra + 4;
    if (bytes.length < start) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (extra === 2) length = view.getUint16(2);
    // Whatever stands in the upper half makes it far too long.
    else if (extra === 8) length = view.getUint32(2) * 2 ** 32 + view.getUint32(6);
    if (length > this.#limit && opcode < CLOSE) {
      throw new FrameError(1009, `messages have at most ${this.#limit} bytes here`);
    }
    if (bytes.length < start + length) return undefined;
    const payload = new Uint8Array(bytes.subarray(start, start + length));
    for (let i = 0; i < length; i++) payload[i]! ^= bytes[start - 4 + (i & 3)]!;
    this.#come.drop(start + length);
    return { opcode, last, payload };
  }
}

/** Writes the head of a frame that a server sends. */
export function frameHead(opcode: number, length: number): Uint8Array {
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = new Uint8Array(2 + extra);
  head[0] = 0x80 | opcode;
  head[1] = extra === 0 ? length : extra === 2 ? 126 : 127;
  const view = new DataView(head.buffer);
  if (extra === 2) view.setUint16(2, length);
  else if (extra === 8) view.setBigUint64(2, BigInt(length));
  return head;
}

/** Whether a code may stand in a frame that closes a WebSocket. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}
