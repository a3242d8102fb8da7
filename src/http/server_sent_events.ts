/**
 * Event streams that a coroutine writes.
 *
 * @module
 */
import { isCancelled } from "../core/errors.ts";
import type { TimerHandle } from "../core/handle.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { runningTask } from "../core/running.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { type Body, checkBody, runBody } from "../tasks/use.ts";
import { runningScope } from "./current_request.ts";
import { checkRetry, formatComment, formatEvent, type ServerSentEvent } from "./event_format.ts";
import { type HeadersSource, toHeaders } from "./headers.ts";
import { checkLimit, checkOnDraining } from "./option_checks.ts";
import { respond } from "./respond.ts";
import { BodyWrite, type ResponseBody } from "./response_body.ts";

/**
 * The options of {@linkcode serverSentEvents}.
 *
 * @category Responses
 */
export interface ServerSentEventsOptions {
  /**
   * Milliseconds of silence after which a comment is sent, so that what lies between server and client does not take the connection for
   * dead; 15,000 by default, null for none.
   */
  readonly heartbeat?: number | null | undefined;
  /** Milliseconds after which a client that has lost the connection comes back; by default the client's own choice. */
  readonly retry?: number | undefined;
  /** More headers. */
  readonly headers?: HeadersSource | undefined;
  /** The request, for its `Last-Event-ID`; by default the one that {@linkcode serve} handles here. */
  readonly request?: Request | undefined;
  /**
   * What happens when the server begins to close: `"end"`, the default, cancels the producer, and the stream ends as it should, so
   * that the client comes back and finds another server; `"continue"` lets it go on to the end of the grace period.
   */
  readonly onDraining?: "end" | "continue" | undefined;
}

const NAMES: OptionNames<ServerSentEventsOptions> = {
  heartbeat: true,
  retry: true,
  headers: true,
  request: true,
  onDraining: true,
};

/** Milliseconds; less than the 30 and 60 seconds after which most proxies give up. */
const HEARTBEAT = 15_000;

/**
 * A stream of events that is being written. Made by {@linkcode serverSentEvents}.
 *
 * @example Go on where the client has stopped
 * ```ts
 * import { type EventStream, serverSentEvents } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * const news = ["first", "second", "third"];
 *
 * function* tell(events: EventStream) {
 *   for (let i = Number(events.lastEventId ?? -1) + 1; i < news.length; i++) {
 *     yield* events.send({ id: `${i}`, data: news[i] });
 *   }
 * }
 *
 * const request = new Request("http://localhost/", { headers: { "last-event-id": "1" } });
 * assertEquals(await serverSentEvents(tell, { request }).text(), ":\n\nid: 2\ndata: third\n\n");
 * ```
 *
 * @category Responses
 */
export class EventStream {
  /** What the client has told as the id of the last event that it has got; null if it is here for the first time. */
  readonly lastEventId: string | null;
  readonly #body: ResponseBody;
  readonly #task: Task<unknown>;

  /** @internal */
  constructor(body: ResponseBody, task: Task<unknown>, lastEventId: string | null) {
    this.#body = body;
    this.#task = task;
    this.lastEventId = lastEventId;
  }

  /** Aborts when the client leaves or the server closes: for `fetch` and everything else that takes a signal. */
  get signal(): AbortSignal {
    return this.#task.signal;
  }

  /**
   * Sends an event at once; text alone stands for its data. Who awaits it waits while the client does not take what was sent before. Once the
   * client has left, what is sent is dropped.
   *
   * @throws {TypeError} if it has none of data, id and retry, a name without data, a line break in its name or id, a NUL in its id, or a
   * field of the wrong type
   * @throws {RangeError} if `retry` is not a whole number, 0 or more
   * @throws {RuntimeError} if the function that produces the events has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  send(event: ServerSentEvent | string): LazyAwaitable<undefined> {
    return new BodyWrite(this.#body, formatEvent(typeof event === "string" ? { data: event } : event));
  }

  /**
   * Sends a comment, of which no listener hears, as {@linkcode EventStream.send} sends an event.
   *
   * @throws {TypeError} if it is not text
   * @throws {RuntimeError} if the function that produces the events has ended
   * @throws {CancelledError} when awaited, if the client has left
   */
  comment(text: string): LazyAwaitable<undefined> {
    return new BodyWrite(this.#body, formatComment(text));
  }
}

/**
 * Makes a response that is a stream of events for the browser's `EventSource`, sent by a function, a generator function or an async one.
 * It runs as {@linkcode streamResponse} says: as a task of the request, held up by a client that does not read, cancelled with one that
 * leaves. The deadline of the request does not end it, and a comment goes out at once, so that the client knows that it is connected.
 *
 * A server that begins to close cancels the function, unless told otherwise; what it sends while it cleans up still arrives.
 *
 * @param body sends the events
 * @throws {TypeError} if the body is not a function, or an option has the wrong type
 * @throws {RangeError} if `heartbeat` is not more than 0, or `retry` not a whole number, 0 or more
 *
 * @example Tell the time
 * ```ts
 * import { fromPromise, run, sleep, use } from "@loop/asyncio";
 * import { serve, serverSentEvents } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function handler() {
 *   return serverSentEvents(function* (events) {
 *     for (let tick = 1; tick <= 2; tick++) {
 *       yield* events.send({ event: "tick", id: `${tick}`, data: `tick ${tick}` });
 *       yield* sleep(1);
 *     }
 *   });
 * }
 *
 * await run(() =>
 *   use(serve(handler, { port: 0 }), function* (server) {
 *     const text = yield* fromPromise(fetch(server.url).then((response) => response.text()));
 *     assertEquals(text, ":\n\nevent: tick\nid: 1\ndata: tick 1\n\nevent: tick\nid: 2\ndata: tick 2\n\n");
 *   })
 * );
 * ```
 *
 * @category Responses
 */
export function serverSentEvents(body: Body<EventStream, unknown>, options: ServerSentEventsOptions = {}): Response {
  checkBody(body, "serverSentEvents");
  checkOptions(options, "serverSentEvents", NAMES);
  const { heartbeat = HEARTBEAT, retry, onDraining = "end", request = runningScope()?.request } = options;
  checkLimit(heartbeat, "send events", "heartbeat", { unit: "milliseconds", above: 0 });
  checkOnDraining(onDraining, "serverSentEvents");
  const first = formatComment("") + (retry === undefined ? "" : formatEvent({ retry: checkRetry(retry) }));
  const lastEventId = request?.headers.get("last-event-id") ?? null;
  return respond(
    function* (responseBody, scope) {
      const task = runningTask() as Task<unknown>;
      const events = new EventStream(responseBody, task, lastEventId);
      let draining = false;
      const forget = onDraining === "continue" ? undefined : scope?.whenDraining(() => {
        draining = true;
        task.cancel("server closing");
      });
      const heart = heartbeat === null ? null : new Heartbeat(responseBody, task, heartbeat);
      try {
        responseBody.push(first);
        yield* runBody(body, events, "send events by");
      } catch (error) {
        if (!draining || !isCancelled(error)) throw error;
        // That cancel has done what it was for.
        task.uncancel();
      } finally {
        forget?.();
        heart?.stop();
      }
    },
    { headers: headersOf(options.headers) },
    { timed: false },
  );
}

function headersOf(more: HeadersSource | undefined): Headers {
  const headers = new Headers({
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    // Tells nginx and its like to pass every event on at once.
    "x-accel-buffering": "no",
  });
  for (const [name, value] of toHeaders(more)) headers.set(name, value);
  return headers;
}

/** Sends a comment whenever nothing was written for a while. */
class Heartbeat {
  readonly #body: ResponseBody;
  readonly #task: Task<unknown>;
  readonly #interval: number;
  #seen = 0;
  #timer: TimerHandle | null = null;

  constructor(body: ResponseBody, task: Task<unknown>, interval: number) {
    this.#body = body;
    this.#task = task;
    this.#interval = interval;
    this.#wind();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wind(): void {
    this.#seen = this.#body.writes;
    this.#timer = this.#task.getLoop().callLater(this.#interval, () => this.#beat());
  }

  #beat(): void {
    // A client that does not take what was sent before needs no more of it.
    if (this.#body.writes === this.#seen && this.#body.isEmpty && !this.#body.gone) this.#body.push(formatComment(""));
    this.#wind();
  }
}
