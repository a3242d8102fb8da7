/**
 * Quick answers about responses.
 *
 * @module
 */

/** The Response that was there first. Deno's is a getter, which costs more than all else of such a question, and it is asked often. */
let known: typeof Response | undefined;

/** Whether a value is a Response. */
export function isResponse(value: unknown): value is Response {
  // A program may have put another one in its place since.
  return value instanceof (known ??= Response) || value instanceof Response;
}

/**
 * Where Deno's Response has a text that nobody has asked for, and whether that was sent. It makes a body of it for whoever asks whether that was
 * read, and has to tell so then. Other hosts have no such keys, nor may a later Deno: they are asked. Edge workers make no Response while they load.
 */
const KEYS = "Deno" in globalThis ? Object.getOwnPropertySymbols(new Response("")) : [];
const UNASKED = KEYS.find(({ description }) => description === "lazy static body");
const SENT = KEYS.find(({ description }) => description === "serve fast consumed");

/** Whether the body of a response was read already. */
export function wasRead(response: Response): boolean {
  if (UNASKED !== undefined && SENT !== undefined) {
    const slots = response as unknown as Record<symbol, unknown>;
    if (typeof slots[UNASKED] === "string" && slots[SENT] === false) return false;
  }
  return response.bodyUsed;
}
