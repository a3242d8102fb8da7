/**
 * What the body of a response is made of.
 *
 * @module
 */

import { findBuiltin } from "../shared/process.ts";

/** How Bun counts the memory of an object: the bytes of a body that is there as a whole are a part of it. */
const { estimateShallowMemoryUsageOf: sizeOf } = findBuiltin<{ estimateShallowMemoryUsageOf?(object: object): number }>(
  "bun:jsc",
) ?? {};

/** The size of a response that has no bytes of its own. */
const EMPTY = sizeOf?.(new Response(null)) ?? 0;

/** Bun shows the body of a response at the end, and nothing else with so little in front of it. */
const SHOWS_STREAM = /\n {2}ReadableStream \{/;

interface BunScope {
  readonly Bun: { inspect(value: unknown): string };
}

/**
 * The body of a response if it is a stream. To ask for `body` would make a stream of every text and file, for which Bun has a faster way and
 * a better `Content-Type`. Where Bun is made differently one day no stream is found; what is missing then is the news of one that fails.
 */
export function streamOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  if (sizeOf === undefined) return null;
  const size = sizeOf(response) - EMPTY;
  // Where it came from, and the words of its status, count as well.
  const { url } = response;
  if (size > 0 && size !== url.length + response.statusText.length) return null;
  if (response.bodyUsed) return null;
  // The answer of another server, most of which is still to come.
  if (url !== "") return response.body;
  const { Bun } = globalThis as unknown as BunScope;
  return SHOWS_STREAM.test(Bun.inspect(response)) ? response.body : null;
}
