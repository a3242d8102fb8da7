/**
 * What goes wrong with bytes on their way.
 *
 * @module
 */
import type { Random } from "./random.ts";

const INTERESTING = [0, 1, 9, 10, 13, 32, 34, 35, 36, 37, 42, 43, 45, 47, 48, 57, 58, 59, 61, 127, 128, 255];

/** Bytes of text, each character a byte. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** All in one. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes with some of them changed, lost, doubled or added. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let result = bytes;
  for (let times = random.between(1, 4); times > 0 && result.length > 0; times--) {
    const at = random.below(result.length);
    const to = Math.min(result.length, at + random.between(1, 8));
    const [before, piece, after] = [result.subarray(0, at), result.subarray(at, to), result.subarray(to)];
    result = random.make<Uint8Array>(
      () => join([before, random.bytes(piece.length), after]),
      () => join([before, new Uint8Array(piece.length).fill(random.pick(INTERESTING)), after]),
      () => join([before, Uint8Array.of(random.pick(INTERESTING)), piece, after]),
      () => join([before, after]),
      () => join([before, piece, piece, after]),
      () => before,
      () => join([before, piece.map((byte) => byte ^ (1 << random.below(8))), after]),
    );
  }
  return result;
}

/** The bytes in pieces, as a network may bring them. */
export function split(random: Random, bytes: Uint8Array): Uint8Array[] {
  if (random.oneIn(2)) return [bytes];
  const pieces: Uint8Array[] = [];
  const most = random.pick([1, 3, 20, 200, 5_000]);
  for (let at = 0; at < bytes.length;) {
    // Not more than a few dozen, or a long input would take for ever.
    const length = pieces.length > 40 ? bytes.length : random.between(1, most);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
