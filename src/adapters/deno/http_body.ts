/**
 * What the body of a response is made of.
 *
 * @module
 */

import { announcedLength, toLength } from "../shared/sent_body.ts";

/** What is known here of the inside of Deno's Response. */
interface Inner {
  readonly body?: {
    readonly streamOrStatic?: unknown;
    readonly source?: unknown;
    readonly length?: unknown;
  } | null;
  readonly headerList?: readonly (readonly [string, string])[];
}

const KEYS = Object.getOwnPropertySymbols(new Response(""));

/**
 * Where a Response keeps what it is made of, and the text of one that is as plain as can be. To ask for its `body` instead would make a
 * stream of every text, and take the fast way from it. Where Deno is made differently one day the keys are not found; what is missing then is
 * the cut of bodies, and news of their end.
 */
const INNER = KEYS.find(({ description }) => description === "response");
const PLAIN = KEYS.find(({ description }) => description === "serve fast body");

/**
 * Bodies up to this many bytes are given to Deno as they are: a system takes as much for a client that does not read. Larger ones are given in
 * parts, so that they can be cut and their end is seen; Deno sends them faster that way, since it makes no copy of the whole.
 */
const WHOLE = 65_536;

/** How many bytes are given at once of one that is larger. */
const PIECE_SIZE = 262_144;

/** A body, and how many bytes it has, if that is known. */
export type Body =
  | { readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>; readonly length: number | null }
  | WholeBody;

interface WholeBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
}

const encoder = new TextEncoder();

/** The body of a response, if that is more than Deno can be left to; null for a short one, for none, and for one that is used. */
export function bodyOf(response: Response): Body | null {
  if (isLeftToDeno(response)) return null;
  const { whole, stream, length, announced } = look(response);
  if (stream !== null) return { stream, length };
  if (announced === null && (whole === null || whole.length <= WHOLE)) return null;
  // What says that something has not changed says how long that is.
  if (whole === null && (response.bodyUsed || response.status === 304)) return null;
  const bytes = toBytes(whole ?? "");
  return bytes.length <= WHOLE && String(bytes.length) === announced ? null : { bytes, length: bytes.length };
}

/** Whether Deno is left to the body of a response, and that is seen at the first look, as it is for most: this is asked for every response. */
export function isLeftToDeno(response: Response): boolean {
  if (INNER === undefined) return true;
  const slots = response as unknown as Record<symbol, unknown>;
  const { body, headerList } = slots[INNER] as Inner;
  const whole = body ? body.source : PLAIN === undefined ? null : slots[PLAIN];
  if (whole !== null && whole !== undefined) {
    if (!isWhole(whole) || whole.length > WHOLE) return false;
  } else if (body) return false;
  return headerList === undefined || find(headerList) === null;
}

/** The length that the head of a response says, or null; no Headers are made of that. */
export function lengthSaid(response: Response): number | null {
  const slots = response as unknown as Record<symbol, Inner>;
  const list = INNER === undefined ? undefined : slots[INNER]?.headerList;
  return list === undefined ? announcedLength(response.headers) : toLength(find(list));
}

/** Whether a body is there as a whole and so short that Deno is left to it, once its head is right. */
export function isShort(body: Body): body is WholeBody {
  return "bytes" in body && body.length <= WHOLE;
}

/** How many bytes a body has that Deno is left to. */
export function sizeOf(response: Response): number {
  const { whole } = look(response);
  return whole === null ? 0 : toBytes(whole).length;
}

/** A response like another one with a body that is there as a whole. */
export function withWhole(response: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  if (bytes.length > WHOLE) return withStream(response, inParts(bytes), bytes.length);
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // It is Deno that says it.
  headers.delete("content-length");
  // A status that has no body takes none, be it empty.
  return new Response(bytes.length === 0 ? null : bytes, { status, statusText, headers });
}

/** A response like another one with this body; its length is said if it is known. */
export function withStream(
  response: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  length: number | null,
): Response {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  if (length !== null) headers.set("content-length", String(length));
  return new Response(body, { status, statusText, headers });
}

/** Makes a stream of what is there as a whole. */
export function inParts(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at += PIECE_SIZE));
      if (at >= bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * The answer to HEAD: what GET would say, without a body. Over HTTP/2 Deno sends the body all the same (quirk `body-of-head`), which clients take for an
 * error; and to no body at all it gives the length 0, so an unknown length is an empty stream.
 */
export function forHead(response: Response): Response {
  const { whole, stream, length, announced } = look(response);
  if (stream !== null) {
    stream.cancel().catch(() => {});
    return withStream(response, length === null && announced === null ? new Blob([]).stream() : null, length);
  }
  return whole === null ? response : withStream(response, null, toBytes(whole).length);
}

interface Look {
  readonly whole: string | Uint8Array<ArrayBuffer> | null;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** The length of a file. */
  readonly length: number | null;
  /** The length that the response says by itself. */
  readonly announced: string | null;
}

const NOTHING: Look = { whole: null, stream: null, length: null, announced: null };

function look(response: Response): Look {
  if (INNER === undefined) return NOTHING;
  const slots = response as unknown as Record<symbol, unknown>;
  const { body, headerList } = slots[INNER] as Inner;
  const announced = headerList === undefined ? null : find(headerList);
  if (body === null || body === undefined) {
    const whole = PLAIN === undefined ? null : slots[PLAIN];
    return { ...NOTHING, whole: isWhole(whole) ? whole : null, announced };
  }
  const { streamOrStatic: stream, source, length } = body;
  // A text whose stream was only looked at still has its source.
  if (isWhole(source)) return { ...NOTHING, whole: source, announced };
  if (!(stream instanceof ReadableStream) || stream.locked) return NOTHING;
  return { whole: null, stream, length: typeof length === "number" ? length : null, announced };
}

function isWhole(value: unknown): value is string | Uint8Array<ArrayBuffer> {
  return typeof value === "string" || value instanceof Uint8Array;
}

function toBytes(whole: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof whole === "string" ? encoder.encode(whole) : whole;
}

function find(headers: readonly (readonly [string, string])[]): string | null {
  for (let i = 0; i < headers.length; i++) {
    const [name, value] = headers[i]!;
    if (name.length === 14 && name.toLowerCase() === "content-length") return value;
  }
  return null;
}
