/**
 * Responses whose body a coroutine writes.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { describeKind } from "../core/repr.ts";
import { runningTask } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { type Body, checkBody, runBody } from "../tasks/use.ts";
import { forEach } from "../tasks/for_each.ts";
import { HostReader } from "./host_reader.ts";
import { respond } from "./respond.ts";
import { BodyWrite, checkPart, type ResponseBody } from "./response_body.ts";

/**
 * What {@linkcode ResponseStream.pipe} takes: text and bytes, part by part.
 *
 * @category Responses
 */
export type ResponseParts =
  | ReadableStream<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>;

/**
 * The body of a response that is being written. Made by {@linkcode streamResponse}.
 *
 * @example A table, row by row
 * ```ts
 * import { type ResponseStream, streamResponse } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function* table(stream: ResponseStream) {
 *   for (const row of [["a", 1], ["b", 2]]) yield* stream.writeln(row.join(","));
 * }
 *
 * assertEquals(await streamResponse(table).text(), "a,1\nb,2\n");
 * ```
 *
 * @category Responses
 */
export class ResponseStream {
  readonly #body: ResponseBody;
  readonly #task: Task<unknown>;

  /** @internal */
  constructor(body: ResponseBody, task: Task<unknown>) {
    this.#body = body;
    this.#task = task;
  }

  /** Aborts when the client leaves, or the body is not wanted for another reason: for `fetch` and everything else that takes one. */
  get signal(): AbortSignal {
    return this.#task.signal;
  }

  /**
   * Sends a part of the body at once: bytes, or text as UTF-8. Who awaits it waits while the client does not take what was written before,
   * beyond some 64 KiB; without that what is written is kept in memory. The bytes must not be changed afterwards. Once the client has left,
   * what is written is dropped.
   *
   * @throws {TypeError} if it is neither text nor bytes
   * @throws {RuntimeError} if the function that produces the body has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  write(part: string | Uint8Array): LazyAwaitable<undefined> {
    checkPart(part, "write");
    return new BodyWrite(this.#body, part);
  }

  /**
   * Sends text and the end of a line, as {@linkcode ResponseStream.write} does.
   *
   * @throws {TypeError} if it is not text
   * @throws {RuntimeError} if the function that produces the body has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  writeln(text: string = ""): LazyAwaitable<undefined> {
    if (typeof text !== "string") {
      throw new TypeError(`Cannot call writeln() with ${describeKind(text)}: it takes text. Send bytes with write().`);
    }
    return new BodyWrite(this.#body, `${text}\n`);
  }

  /**
   * Sends everything that a web stream or an iterable has, each part as {@linkcode ResponseStream.write} does. No more is taken from
   * it than the client takes, and it is closed when the client leaves.
   *
   * @throws {TypeError} if it is not iterable; when awaited, if a part of it is neither text nor bytes
   * @throws {CancelledError} when awaited, if the client has left
   *
   * @example Pass on what another server sends
   * ```ts
   * import { streamResponse } from "@loop/asyncio/http";
   * import { assertEquals } from "@std/assert";
   *
   * const upstream = new Response("from far away");
   * const response = streamResponse(function* (stream) {
   *   yield* stream.pipe(upstream.body!);
   * });
   * assertEquals(await response.text(), "from far away");
   * ```
   */
  pipe(source: ResponseParts): LazyAwaitable<undefined> {
    if (typeof source === "string" || source instanceof Uint8Array) {
      throw new TypeError(`Cannot pipe ${describeKind(source)}: it is one part. Send it with write().`);
    }
    if (source instanceof ReadableStream) return pipeStream(this, source);
    return forEach(source, (part) => this.#piped(part));
  }

  #piped(part: unknown): LazyAwaitable<undefined> {
    checkPart(part, "pipe");
    return this.write(part);
  }
}

const pipeStream = /* @__PURE__ */ coroutine(function* pipe(
  stream: ResponseStream,
  source: ReadableStream<string | Uint8Array>,
): Coroutine<undefined> {
  const reader = new HostReader(source);
  let ended = false;
  try {
    for (;;) {
      const part = yield* reader.read();
      if (part === null) {
        ended = true;
        return undefined;
      }
      checkPart(part, "pipe");
      yield* stream.write(part);
    }
  } finally {
    if (!ended) reader.cancel();
  }
});

/**
 * Makes a response whose body a function writes, a generator function or an async one. The response is there at once, and can be
 * returned; the function runs, as a task, when the body is read.
 *
 * In a handler of {@linkcode serve} the task is a part of the request: it can use what the handler has started, the request is
 * not over before, and its deadline is the body's as well. A client that takes its time holds the function up in
 * {@linkcode ResponseStream.write}; one that leaves cancels it there. If the function throws, the connection is broken off, so
 * that nobody takes a part for the whole, and the error goes to the loop's exception handler; in its first steps the client gets a 500
 * instead.
 *
 * A body that is not as long as a header `content-length` of it says fails: a longer one in the write that is too much, a shorter one at its
 * end. For a request with the method HEAD the function does not run. Bun sends the head together with the first part of the body.
 *
 * @param body writes the body
 * @param init status and headers, as `new Response` takes them
 * @throws {TypeError} if the body is not a function, or a response of that status has no body
 *
 * @example Count slowly
 * ```ts
 * import { fromPromise, run, sleep, use } from "@loop/asyncio";
 * import { serve, streamResponse } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function handler() {
 *   return streamResponse(function* (stream) {
 *     for (let i = 1; i <= 3; i++) {
 *       yield* stream.writeln(`${i}`);
 *       yield* sleep(1);
 *     }
 *   }, { headers: { "content-type": "text/plain" } });
 * }
 *
 * await run(() =>
 *   use(serve(handler, { port: 0 }), function* (server) {
 *     const text = yield* fromPromise(fetch(server.url).then((response) => response.text()));
 *     assertEquals(text, "1\n2\n3\n");
 *   })
 * );
 * ```
 *
 * @category Responses
 */
export function streamResponse(body: Body<ResponseStream, unknown>, init?: ResponseInit): Response {
  checkBody(body, "streamResponse");
  return respond(
    function* (responseBody) {
      const stream = new ResponseStream(responseBody, runningTask() as Task<unknown>);
      yield* runBody(body, stream, "produce the body of a response by");
    },
    init,
    { timed: true },
  );
}
