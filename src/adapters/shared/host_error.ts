/**
 * What an error of the host says: its text and its code.
 *
 * @module
 */

/** The text of an error, or of whatever else was thrown, without the full stop of its sentence: for a sentence that goes on. */
export function errorText(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/[.\s]+$/, "");
}

/** The code of an error of a host that follows Node's ways; `"EIO"` if it has none. */
export function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "EIO";
}
