/**
 * Server-sent events from coroutines, with the names of Hono's helper.
 *
 * @module
 */
import type { Context } from "hono";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { ServerSentEvent } from "../http/event_format.ts";
import { type EventStream, serverSentEvents, type ServerSentEventsOptions } from "../http/server_sent_events.ts";
import { type Body, checkBody } from "../tasks/use.ts";
import { sleep } from "../tasks/sleep.ts";
import { runStream, type StreamErrorHandler } from "./stream_text.ts";

/**
 * A stream of events that is being written. Made by {@linkcode streamSSE}.
 *
 * @category Streaming
 */
export class SSEStream {
  readonly #events: EventStream;

  /** @internal */
  constructor(events: EventStream) {
    this.#events = events;
  }

  /** What the client has told as the id of the last event that it has got; null if it is here for the first time. */
  get lastEventId(): string | null {
    return this.#events.lastEventId;
  }

  /** Aborts when the client leaves or the server closes: for `fetch` and everything else that takes a signal. */
  get signal(): AbortSignal {
    return this.#events.signal;
  }

  /**
   * Sends an event at once. Who awaits it waits while the client does not take what was sent before. Once the client has left, what is sent
   * is dropped.
   *
   * @throws {TypeError} if it has none of data, id and retry, a name without data, a line break in its name or id, a NUL in its id, or a
   * field of the wrong type
   * @throws {RangeError} if `retry` is not a whole number, 0 or more
   * @throws {RuntimeError} if the function that sends the events has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  writeSSE(message: ServerSentEvent): LazyAwaitable<undefined> {
    return this.#events.send(message);
  }

  /**
   * Sends a comment, of which no listener hears, as {@linkcode SSEStream.writeSSE} sends an event.
   *
   * @throws {TypeError} if it is not text
   * @throws {RuntimeError} if the function that sends the events has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  comment(text: string): LazyAwaitable<undefined> {
    return this.#events.comment(text);
  }

  /** Waits for so many milliseconds; what `sleep` is everywhere else. */
  sleep(ms: number): LazyAwaitable<undefined> {
    return sleep(ms);
  }
}

/**
 * The options of {@linkcode streamSSE}.
 *
 * @category Streaming
 */
export interface StreamSSEOptions extends Pick<ServerSentEventsOptions, "heartbeat" | "retry" | "onDraining"> {
  /**
   * Is called with an error of the body, and may send a last event; the response then ends as if it were whole. Without it the
   * connection is broken off and the error goes to the loop's exception handler.
   */
  readonly onError?: StreamErrorHandler<SSEStream> | undefined;
}

const NAMES: OptionNames<StreamSSEOptions> = { heartbeat: true, retry: true, onDraining: true, onError: "function" };

/**
 * Answers with events that a function sends, a generator function or an async one, for the browser's `EventSource`. It is a part of
 * the request: a client that takes its time holds it up in `writeSSE`, one that leaves cancels it, and so does a server that begins
 * to close, unless `onDraining` says otherwise. A comment every 15 seconds keeps the connection open.
 *
 * @param c Hono's context; its headers are those of the response
 * @param body sends the events
 * @param options a function stands for its `onError`, as in Hono's own helper
 * @throws {TypeError} if the body is not a function, or an option has the wrong type
 * @throws {RangeError} if `heartbeat` is not more than 0, or `retry` not a whole number, 0 or more
 *
 * @example Tell the time
 * ```ts
 * import { Hono } from "hono";
 * import { streamSSE } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * app.get("/ticks", (c) =>
 *   streamSSE(c, function* (stream) {
 *     for (let tick = 1; tick <= 2; tick++) {
 *       yield* stream.writeSSE({ event: "tick", id: `${tick}`, data: `tick ${tick}` });
 *       yield* stream.sleep(1);
 *     }
 *   }));
 *
 * const text = await (await app.request("/ticks")).text();
 * assertEquals(text, ":\n\nevent: tick\nid: 1\ndata: tick 1\n\nevent: tick\nid: 2\ndata: tick 2\n\n");
 * ```
 *
 * @category Streaming
 */
export function streamSSE(
  c: Context,
  body: Body<SSEStream, unknown>,
  options: StreamSSEOptions | StreamErrorHandler<SSEStream> = {},
): Response {
  checkBody(body, "streamSSE");
  if (typeof options !== "function") checkOptions(options, "streamSSE", NAMES);
  const { onError, ...rest } = typeof options === "function" ? { onError: options } : options;
  const response = serverSentEvents(
    (events) => runStream(new SSEStream(events), body, onError),
    { ...rest, request: c.req.raw },
  );
  for (const [name, value] of response.headers) c.header(name, value);
  return c.newResponse(response.body);
}
