/**
 * Bytes: what may be sent.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/** No bytes. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** Refuses everything but bytes. Text has no encoding of its own, so it is never encoded silently. */
export function checkBytes(data: unknown, where: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const advice = typeof data === "string"
    ? "Encode it: new TextEncoder().encode(text)."
    : data instanceof ArrayBuffer || ArrayBuffer.isView(data)
    ? "Make a Uint8Array of it."
    : "Give a Uint8Array.";
  throw new TypeError(`Cannot call ${where}() with ${describeKind(data)}: it takes bytes. ${advice}`);
}
