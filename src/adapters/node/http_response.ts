/**
 * Writes the web's Response to what `node:http` sends.
 *
 * @module
 */

import { selfEnding } from "../shared/http.ts";
import { announcedLength, toBytes, toLength, wrongLength } from "../shared/sent_body.ts";
import { setImmediate } from "../shared/timers.ts";
import type { Exchange } from "./http_exchange.ts";
import type { ServerResponse } from "./types.ts";

/** What the response depends on beside itself. */
export interface SendOptions {
  /** The request's method is HEAD: no body is sent. */
  readonly head: boolean;
  /** The connection is not to be used again. */
  readonly last: boolean;
  /** What it answers. */
  readonly exchange: Exchange;
}

/** A body that is not there as a whole: how long it is, if its head says so. */
const UNKNOWN_LENGTH = -1;

/** Sends a response; `failed` is called with what made that impossible, before or after its head was sent. */
export function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  options: SendOptions,
  failed: (error: unknown) => void,
): void {
  try {
    const { body } = response;
    if (body === null) {
      if (outgoing.destroyed) return;
      writeHead(response, outgoing, options, 0);
      outgoing.end();
      return;
    }
    if (response.bodyUsed || body.locked) {
      throw new TypeError("The body of the response was already read. Return a new Response.");
    }
    sendBody(response, body, outgoing, options).catch(failed);
  } catch (error) {
    failed(error);
  }
}

async function sendBody(
  response: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  outgoing: ServerResponse,
  options: SendOptions,
): Promise<void> {
  const reader = body.getReader();
  const left = (): void => {
    reader.cancel(new DOMException("The client closed the connection.", "AbortError")).catch(() => {});
  };
  if (outgoing.destroyed) return left();
  outgoing.once("close", left);
  // What fails by then is answered otherwise, and who produces it knows that.
  const own = selfEnding.get(body);
  await own?.begin(false, announcedLength(response.headers));
  const begins = (length?: number): number => {
    own?.sends();
    return writeHead(response, outgoing, options, length);
  };

  // A body that is there as a whole is sent with its length. One that is not has its head sent at once, so that
  // the client learns of it before the first part comes.
  const { exchange } = options;
  let length = UNKNOWN_LENGTH;
  let pending = reader.read();
  let part = await soon(pending);
  if (part !== undefined && !part.done) {
    const value = toBytes(part.value);
    pending = reader.read();
    const end = await soon(pending);
    if (end?.done) {
      begins(value.byteLength);
      if (!options.head) exchange.bytes = value.byteLength;
      outgoing.end(options.head ? undefined : value);
      return;
    }
    length = begins();
    if (!options.head) await write(exchange, value, length);
  } else if (part !== undefined) {
    begins(0);
    outgoing.end();
    return;
  } else {
    length = begins();
    outgoing.flushHeaders();
  }
  if (options.head) {
    left();
    outgoing.end();
    return;
  }
  for (part = await pending; !part.done; part = await reader.read()) {
    await write(exchange, toBytes(part.value), length);
  }
  if (outgoing.destroyed) return;
  if (exchange.bytes < length) throw wrongLength(exchange.bytes, length);
  outgoing.end();
}

/** The promise's value if it is there by the next turn of the host. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}

/**
 * Writes the head. A body that is there as a whole has the length that it has, whatever the response says; of another the response may say
 * it. Returns the length that the head says. How the body is framed is never the response's to say.
 */
function writeHead(
  response: Response,
  outgoing: ServerResponse,
  { head, last, exchange }: SendOptions,
  length = UNKNOWN_LENGTH,
): number {
  const { status, statusText } = response;
  const headers: string[] = [];
  let said = UNKNOWN_LENGTH;
  let connection = last ? "close" : "";
  // One entry for each cookie, one for every other name.
  for (const [name, value] of response.headers) {
    if (name === "content-length") said = toLength(value) ?? UNKNOWN_LENGTH;
    else if (name === "connection") connection = mergeConnection(value, last);
    else if (!OF_THE_CONNECTION.has(name)) headers.push(name, value);
  }
  // What a response without a body says is the length of the one that another request would get.
  if (length === UNKNOWN_LENGTH || (said !== UNKNOWN_LENGTH && (head || status === 304))) length = said;
  else if (status === 304 || (head && response.body === null)) length = UNKNOWN_LENGTH;
  if (length !== UNKNOWN_LENGTH && status !== 204) headers.push("content-length", String(length));
  if (connection !== "") {
    headers.push("connection", connection);
    if (CLOSE.test(connection)) exchange.connection.isLast();
  }
  if (statusText === "") outgoing.writeHead(status, headers);
  else outgoing.writeHead(status, statusText, headers);
  return length;
}

/** Matches the value of a header `Connection` that closes the connection after the response. */
const CLOSE = /(^|,)\s*close\s*(,|$)/i;

/** What a response that was passed on says of another connection than this one. */
const OF_THE_CONNECTION = new Set(["transfer-encoding", "keep-alive", "trailer"]);

/** Node says by itself whether the connection is kept, unless the response says that it is not. */
function mergeConnection(value: string, last: boolean): string {
  const names = value.split(",").map((name) => name.trim()).filter((name) => !/^(keep-alive|close)?$/i.test(name));
  if (last || CLOSE.test(value)) names.push("close");
  return names.join(", ");
}

/** Resolves when the client may be sent more, or has left. Refuses what would be more than the head says. */
function write(exchange: Exchange, chunk: Uint8Array, length: number): Promise<void> | undefined {
  const { outgoing } = exchange;
  const bytes = exchange.bytes + chunk.byteLength;
  if (length !== UNKNOWN_LENGTH && bytes > length) throw wrongLength(bytes, length);
  if (outgoing.destroyed) return undefined;
  exchange.bytes = bytes;
  if (outgoing.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const ready = (): void => {
      outgoing.removeListener("drain", ready);
      outgoing.removeListener("close", ready);
      resolve();
    };
    outgoing.on("drain", ready);
    outgoing.on("close", ready);
  });
}
