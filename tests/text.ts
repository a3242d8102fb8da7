/** Texts and their bytes, as tests compare them. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of bytes. */
export function text(data: Uint8Array): string {
  return decoder.decode(data);
}
