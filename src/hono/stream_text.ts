/**
 * Streaming from coroutines, with the names of Hono's streaming helpers.
 *
 * @module
 */
import type { Context } from "hono";
import { isCancelled } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { RequestRun } from "../http/request_run.ts";
import { type ResponseParts, type ResponseStream, streamResponse } from "../http/stream_response.ts";
import { type Body, checkBody, runBody } from "../tasks/use.ts";
import { sleep } from "../tasks/sleep.ts";

/**
 * The body of a response that is being written. Made by {@linkcode streamText}.
 *
 * @category Streaming
 */
export class TextStream {
  readonly #stream: ResponseStream;

  /** @internal */
  constructor(stream: ResponseStream) {
    this.#stream = stream;
  }

  /** Aborts when the client leaves: for `fetch` and everything else that takes a signal. */
  get signal(): AbortSignal {
    return this.#stream.signal;
  }

  /**
   * Sends text, or bytes, at once. Who awaits it waits while the client does not take what was written before. Once the client has left,
   * what is written is dropped.
   *
   * @throws {TypeError} if it is neither text nor bytes
   * @throws {RuntimeError} if the function that writes the text has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  write(part: string | Uint8Array): LazyAwaitable<undefined> {
    return this.#stream.write(part);
  }

  /**
   * Sends text and the end of a line, as {@linkcode TextStream.write} does.
   *
   * @throws {TypeError} if it is not text
   * @throws {RuntimeError} if the function that writes the text has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  writeln(text: string = ""): LazyAwaitable<undefined> {
    return this.#stream.writeln(text);
  }

  /**
   * Sends everything that a web stream or an iterable has.
   *
   * @throws {TypeError} if it is not iterable; when awaited, if a part of it is neither text nor bytes
   * @throws {CancelledError} when awaited, if the client has left
   */
  pipe(source: ResponseParts): LazyAwaitable<undefined> {
    return this.#stream.pipe(source);
  }

  /** Waits for so many milliseconds; what `sleep` is everywhere else. */
  sleep(ms: number): LazyAwaitable<undefined> {
    return sleep(ms);
  }
}

/**
 * What an error handler of a stream is: a generator function, an async function or a plain one.
 *
 * @category Streaming
 */
export type StreamErrorHandler<S> = (
  error: Error,
  stream: S,
) => Coroutine<unknown> | LazyAwaitable<unknown> | Promise<unknown> | void;

/**
 * Answers with text that a function writes while it comes into being, a generator function or an async one. It is a part of the
 * request: a client that takes its time holds it up in `write`, one that leaves cancels it.
 *
 * @param c Hono's context; its status and its headers are those of the response
 * @param body writes the text
 * @param onError is called with an error of the body, and may write a last word; the response then ends as if it were whole. Without
 * it the connection is broken off and the error goes to the loop's exception handler.
 * @throws {TypeError} if the body or `onError` is not a function
 *
 * @example Count slowly
 * ```ts
 * import { Hono } from "hono";
 * import { streamText } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * app.get("/count", (c) =>
 *   streamText(c, function* (stream) {
 *     for (let i = 1; i <= 3; i++) {
 *       yield* stream.writeln(`${i}`);
 *       yield* stream.sleep(1);
 *     }
 *   }));
 *
 * assertEquals(await (await app.request("/count")).text(), "1\n2\n3\n");
 * ```
 *
 * @category Streaming
 */
export function streamText(
  c: Context,
  body: Body<TextStream, unknown>,
  onError?: StreamErrorHandler<TextStream>,
): Response {
  checkBody(body, "streamText");
  if (onError !== undefined && typeof onError !== "function") {
    throw new TypeError(`Cannot call streamText() with ${describeKind(onError)} as onError: give a function.`);
  }
  c.header("content-type", "text/plain; charset=UTF-8");
  // A browser waits for some hundred bytes to guess a type, unless it is told not to.
  c.header("x-content-type-options", "nosniff");
  const response = streamResponse((stream) => runStream(new TextStream(stream), body, onError));
  return c.newResponse(response.body);
}

/** Runs the body of a stream, and its error handler. */
export function* runStream<S>(
  stream: S,
  body: Body<S, unknown>,
  onError: StreamErrorHandler<S> | undefined,
): Coroutine<void> {
  try {
    yield* runBody(body, stream, "produce the body of a response by");
  } catch (error) {
    if (onError === undefined || isCancelled(error) || !(error instanceof Error)) throw error;
    yield* new RequestRun(() => onError(error, stream), "handle an error of a stream by", onError.name);
  }
}
