/**
 * What is called in threads, and what is sent there.
 */
import { createHash } from "node:crypto";

/** What travels there and back, by its name. */
export const PAYLOADS: Readonly<Record<string, unknown>> = {
  "a number": 5,
  "a small object": { id: 7, args: [1, 2] },
  "1 KiB": new Uint8Array(1024),
  "64 KiB": new Uint8Array(64 * 1024),
};

/** Returns what it is given. */
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
