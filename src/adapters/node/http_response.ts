/**
 * Writes the web's Response to what `node:http` sends.
 *
 * @module
 */

import { setImmediate } from "../shared/timers.ts";
import type { ServerResponse } from "./types.ts";

/** What the response depends on beside itself. */
export interface SendOptions {
  /** The request's method is HEAD: no body is sent. */
  readonly head: boolean;
  /** The connection is not to be used again. */
  readonly last: boolean;
}

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
      writeHead(response, outgoing, options);
      outgoing.end();
      return;
    }
    if (response.bodyUsed) throw new TypeError("The body of the response was already read. Return a new Response.");
    sendBody(response, body, outgoing, options).catch(failed);
  } catch (error) {
    failed(error);
  }
}

async function sendBody(
  response: Response,
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  options: SendOptions,
): Promise<void> {
  const reader = body.getReader();
  const left = (): void => {
    reader.cancel(new DOMException("The client closed the connection.", "AbortError")).catch(() => {});
  };
  if (outgoing.destroyed) return left();
  outgoing.once("close", left);

  // A body that is there as a whole is sent with its length. One that is not has its head sent at once, so that
  // the client learns of it before the first part comes.
  let pending = reader.read();
  let part = await soon(pending);
  if (part !== undefined && !part.done) {
    const { value } = part;
    pending = reader.read();
    const end = await soon(pending);
    if (end?.done) {
      writeHead(response, outgoing, options, value.byteLength);
      outgoing.end(options.head ? undefined : value);
      return;
    }
    writeHead(response, outgoing, options);
    if (!options.head) await write(outgoing, value);
  } else {
    writeHead(response, outgoing, options);
    if (part === undefined) outgoing.flushHeaders();
  }
  if (options.head) left();
  for (part = await pending; !part.done; part = await reader.read()) await write(outgoing, part.value);
  if (!outgoing.destroyed) outgoing.end();
}

/** The promise's value if it is there by the next turn of the host. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}

function writeHead(response: Response, outgoing: ServerResponse, { last }: SendOptions, length?: number): void {
  const headers: string[] = [];
  // One entry for each cookie, one for every other name.
  for (const [name, value] of response.headers) headers.push(name, value);
  if (length !== undefined && !response.headers.has("content-length")) headers.push("content-length", String(length));
  if (last && !response.headers.has("connection")) headers.push("connection", "close");
  if (response.statusText === "") outgoing.writeHead(response.status, headers);
  else outgoing.writeHead(response.status, response.statusText, headers);
}

/** Resolves when the client may be sent more, or has left. */
function write(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> | undefined {
  if (outgoing.destroyed || outgoing.write(chunk)) return undefined;
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
