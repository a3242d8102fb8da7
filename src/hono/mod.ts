/**
 * Coroutines as handlers of [Hono](https://hono.dev).
 *
 * Under {@linkcode serve} the coroutine runs in the task of its request, so a client that leaves cancels it. Where no loop runs,
 * in `app.request()`, `Deno.serve(app.fetch)` or `export default app`, one shared loop serves all requests and lives while there is one.
 *
 * {@linkcode middleware} does the same for plain async handlers, {@linkcode deadline} stops work that takes too long,
 * {@linkcode streamText} and {@linkcode streamSSE} stream from coroutines, and {@linkcode currentContext} finds Hono's Context from
 * anywhere in a request. For WebSockets give `c.req.raw` to `upgradeWebSocket`.
 *
 * @example Two ways to write a route
 * ```ts
 * import { Hono } from "hono";
 * import { sleep } from "@loop/asyncio";
 * import { handler, routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 *
 * app.get("/slow", handler(function* (c) {
 *   yield* sleep(1);
 *   return c.text("done");
 * }));
 *
 * // The parameters of the path have types here.
 * routes(app).get("/hello/:name", function* (c) {
 *   return c.text(`hello ${c.req.param("name")}`);
 * });
 *
 * const response = await app.request("/hello/ada");
 * assertEquals(await response.text(), "hello ada");
 * ```
 *
 * @module
 */
// Routes
export { handler, routes } from "./routes.ts";
export type {
  AddMiddleware,
  AddRoute,
  ContextOf,
  KnownRefusal,
  KnownResponse,
  NextRequest,
  RouteGuard,
  RouteHandler,
  RouteMethods,
  RouteMiddleware,
  Routes,
  Untold,
  With,
} from "./route_types.ts";

// Middleware
export { deadline, type DeadlineOptions, middleware } from "./middleware.ts";
export { currentContext } from "./current_context.ts";

// Streaming
export { type StreamErrorHandler, streamText, TextStream } from "./stream_text.ts";
export { SSEStream, streamSSE, type StreamSSEOptions } from "./stream_sse.ts";

// What their signatures name of other entry points
export type { Awaitable, Coroutine, LazyAwaitable, Suspend } from "../core/suspend.ts";
export type { Body } from "../tasks/use.ts";
export type { HeadersSource } from "../http/headers.ts";
export type { ResponseParts } from "../http/stream_response.ts";
export type { ServerSentEventsOptions } from "../http/server_sent_events.ts";
export type { ServerSentEvent } from "../http/event_format.ts";
