/**
 * What is called in threads.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Gives back what it is given. */
export function echo(value: unknown): unknown {
  return value;
}

/** Hashes so many MiB, one by one. */
export function hash(mebibytes: number): string {
  const piece = new Uint8Array(1 << 20);
  const digest = createHash("sha256");
  for (let i = 0; i < mebibytes; i++) digest.update(piece);
  return digest.digest("hex");
}
