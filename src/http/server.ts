/**
 * A listening HTTP server, as programs see it.
 *
 * @module
 */
import type { HttpAddress } from "../adapters/adapter.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import type { Event } from "../sync/event.ts";
import { printsAsText } from "../core/repr.ts";

/**
 * An HTTP server that listens. Made by {@linkcode serve}.
 *
 * @example Close it when the block ends
 * ```ts
 * import { run } from "@loop/asyncio";
 * import { serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   await using server = await serve(() => new Response("hello"), { port: 0 });
 *   const response = await fetch(server.url);
 *   assertEquals(await response.text(), "hello");
 * });
 * ```
 *
 * @category Servers
 */
export abstract class HttpServer {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /**
   * Set when the server begins to close: long-lived handlers, such as those of event streams, wait for it and end by themselves.
   *
   * @example A stream of ticks that ends with its server
   * ```ts
   * import { run, wait, createTask, FIRST_COMPLETED, sleep } from "@loop/asyncio";
   * import { serve } from "@loop/asyncio/http";
   * import { assertEquals } from "@std/assert";
   *
   * await run(async () => {
   *   const server = await serve(function* () {
   *     const draining = createTask(server.draining.wait());
   *     yield* wait([draining, createTask(sleep(60_000))], { returnWhen: FIRST_COMPLETED });
   *     return new Response("the server closes");
   *   }, { port: 0 });
   *   const answer = fetch(server.url).then((response) => response.text());
   *   while (server.pending === 0) await sleep(1);
   *   server.close();
   *   assertEquals(await answer, "the server closes");
   *   await server.closed;
   * });
   * ```
   */
  abstract readonly draining: Event;

  /** Where it listens, with the port that was really taken. */
  abstract get addr(): HttpAddress;

  /**
   * The port that it listens on.
   *
   * @throws {RuntimeError} if it listens on a Unix socket
   */
  abstract get port(): number;

  /** Where clients find it, such as `"http://127.0.0.1:8000"`, without a slash at the end. */
  abstract get url(): string;

  /**
   * How many requests are in flight: those that wait or whose handler has parked, and those whose body is being sent or whose tasks
   * still clean up.
   */
  abstract get pending(): number;

  /** Waits until it has closed, as {@linkcode HttpServer.waitClosed} does: `yield* server.closed`, `await server.closed`. */
  abstract get closed(): LazyAwaitable<void>;

  /** The loop that it belongs to. */
  abstract getLoop(): BaseEventLoop;

  /** Whether it accepts requests: until {@linkcode HttpServer.close}. */
  abstract isServing(): boolean;

  /**
   * Begins to close: nothing is accepted any more, {@linkcode HttpServer.draining} is set, and what runs gets the grace period to end:
   * the requests with all their tasks, and the background. What does not is cancelled, and its clients get a 503; when the grace
   * period has passed once more, what is left is cut. The loop's exception handler is told what was still running, as a tree of
   * tasks. Closing twice is harmless.
   */
  abstract close(): void;

  /**
   * Closes at once: every connection is cut and every task of the server cancelled. Those that clean up for longer than the grace period
   * are not waited for. May follow {@linkcode HttpServer.close}.
   */
  abstract abort(): void;

  /** Waits until it has closed: until no request is left after {@linkcode HttpServer.close}. */
  abstract waitClosed(): LazyAwaitable<void>;

  /**
   * Waits until the server has closed. Cancelled, it closes the server, waits for that, and lets the cancellation pass: in a task
   * group the server ends with the group.
   *
   * @throws {RuntimeError} if the server is closed, or somebody waits here already
   */
  abstract serveForever(): LazyAwaitable<void>;

  /** Closes and waits until it has closed; for `await using`, and for `use` in coroutines. */
  abstract [Symbol.asyncDispose](): Promise<void>;

  /** Readable form. */
  abstract toString(): string;
}
