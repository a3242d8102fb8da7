/**
 * Writes a response to a simulated connection.
 *
 * @module
 */
import { selfEnding } from "../../adapters/shared/http.ts";
import { OF_CONNECTION } from "../../adapters/shared/response_headers.ts";
import { announcedLength, toBytes, toLength, wrongLength } from "../../adapters/shared/sent_body.ts";
import type { HttpExchange } from "./http_exchange.ts";
import type { Outbox } from "./http_outbox.ts";

/** What stands in a head: a byte for each character, as headers have it. */
export function headBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const LINE_END = headBytes("\r\n");
const LAST_CHUNK = headBytes("0\r\n\r\n");
const CLOSE = /(^|,)\s*close\s*(,|$)/i;

/** What calls back in the next macrotask, until which no time passes. */
export interface Hops {
  hop(callback: () => void): void;
}

/** What is needed beside the response. */
export interface ResponseParts {
  readonly exchange: HttpExchange;
  readonly outbox: Outbox;
  readonly timeline: Hops;
  /** The connection is not used again. */
  readonly isLast: boolean;
}

/** A response whose head is sent: whether the connection can be used again. */
interface Framing {
  readonly isLast: boolean;
  readonly isChunked: boolean;
  /** The length that the head says, or null. */
  readonly length: number | null;
}

/** The text of a status where a response has none. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** The value, if it is there by the next macrotask: until then no time passes. */
function soon<T>(promise: Promise<T>, timeline: Hops): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => timeline.hop(() => resolve(undefined)))]);
}

/**
 * Sends a response; resolves, when the stream has taken all of it or nobody wants it, with whether the connection can be used again.
 *
 * @throws whatever its body fails with
 */
export async function sendResponse(response: Response, parts: ResponseParts): Promise<boolean> {
  const { exchange, outbox, timeline } = parts;
  const isHead = exchange.head.method === "HEAD";
  const { body } = response;
  if (body === null) return sendHead(response, parts, 0).isLast;
  if (response.bodyUsed || body.locked) {
    throw new TypeError("The body of the response was already read. Return a new Response.");
  }
  const reader = body.getReader();
  const left = (): void =>
    void reader.cancel(new DOMException("The client closed the connection.", "AbortError")).catch(() => {});
  if (exchange.isOver) {
    left();
    return true;
  }
  exchange.signal.addEventListener("abort", left, { once: true });
  // What fails by then is answered otherwise, and who produces it knows that.
  const own = selfEnding.get(body);
  await own?.begin(false, announcedLength(response.headers));
  let pending = reader.read();
  let part = await soon(pending, timeline);
  let first: Uint8Array<ArrayBuffer> | null = null;
  if (part !== undefined && !part.done) {
    first = toBytes(part.value);
    pending = reader.read();
    part = await soon(pending, timeline);
  }
  const isWhole = part?.done === true;
  own?.sends();
  const framing = sendHead(response, parts, isWhole ? first?.length ?? 0 : null);
  if (isHead) {
    if (!isWhole) left();
    return framing.isLast;
  }
  const write = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    if (framing.length !== null && exchange.bytes + bytes.length > framing.length) {
      throw wrongLength(exchange.bytes + bytes.length, framing.length);
    }
    if (exchange.isOver || bytes.length === 0) return;
    exchange.bytes += bytes.length;
    if (framing.isChunked) outbox.write(headBytes(`${bytes.length.toString(16)}\r\n`));
    outbox.write(bytes);
    if (framing.isChunked) outbox.write(LINE_END);
    await outbox.room();
  };
  if (first !== null) await write(first);
  for (part = await pending; !part.done; part = await reader.read()) await write(toBytes(part.value));
  if (!exchange.isOver && framing.length !== null && exchange.bytes < framing.length) {
    throw wrongLength(exchange.bytes, framing.length);
  }
  if (framing.isChunked) outbox.write(LAST_CHUNK);
  return framing.isLast;
}

/** Sends the head; `length` is null if the body is not there as a whole. */
function sendHead(response: Response, { exchange, outbox, isLast }: ResponseParts, length: number | null): Framing {
  const { status } = response;
  const isHead = exchange.head.method === "HEAD";
  const hasNoBody = status === 204 || status === 304;
  const lines = [`HTTP/1.1 ${status} ${response.statusText || (REASONS[status] ?? "")}`];
  const said = toLength(response.headers.get("content-length"));
  for (const [name, value] of response.headers) {
    if (name === "content-length" || OF_CONNECTION.has(name)) continue;
    lines.push(`${name}: ${value}`);
  }
  const told = length === null || (said !== null && (isHead || status === 304)) ? said : length;
  const closes = isLast || !exchange.head.keepsAlive || CLOSE.test(response.headers.get("connection") ?? "");
  const isChunked = told === null && !hasNoBody;
  if (told !== null && status !== 204) lines.push(`content-length: ${told}`);
  else if (isChunked) lines.push("transfer-encoding: chunked");
  if (closes) lines.push("connection: close");
  outbox.write(headBytes(`${lines.join("\r\n")}\r\n\r\n`));
  return { isLast: closes, isChunked: isChunked && !isHead, length: hasNoBody ? null : told };
}
