/**
 * What is sent.
 *
 * @module
 */

/** What travels there and back. */
export const PAYLOADS: Readonly<Record<string, unknown>> = {
  "a number": 5,
  "a small object": { id: 7, args: [1, 2] },
  "1 KiB": new Uint8Array(1024),
  "64 KiB": new Uint8Array(64 * 1024),
};
