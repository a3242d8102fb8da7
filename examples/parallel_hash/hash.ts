/**
 * What the workers of `../parallel_hash.ts` do.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { type Coroutine, exposed } from "@loop/asyncio";

/** What the main thread offers. */
export interface Progress {
  /** So many bytes more were read. */
  progress(bytes: number): void;
}

const main = exposed<Progress>();

/** How much is read before the main thread hears of it, and a cancel is heard here. */
const CHUNK = 1 << 20;

/** The SHA-256 of a file, in hexadecimal. It reads and hashes without waiting: nobody else is in this thread. */
export function* sha256(path: string): Coroutine<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const read = readSync(file, buffer, 0, CHUNK, null);
      if (read === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, read));
      yield* main.progress(read);
    }
  } finally {
    closeSync(file);
  }
}
