/**
 * HTTP on the loop: {@linkcode serve} makes every request a task, and everything around a request is beside it.
 *
 * For coroutines as handlers of [Hono](https://hono.dev) see `@loop/asyncio/hono`.
 *
 * @example A server, and a request to it
 * ```ts
 * import { run, sleep } from "@loop/asyncio";
 * import { serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * await run(async () => {
 *   await using server = await serve(function* () {
 *     yield* sleep(1);
 *     return new Response("hello");
 *   }, { port: 0 });
 *   const response = await fetch(server.url);
 *   assertEquals(await response.text(), "hello");
 * });
 * ```
 *
 * @module
 */

// Servers
export { serve } from "./serve.ts";
export type { ServeOptions } from "./serve_options.ts";
export { HttpServer } from "./server.ts";
export type { ServeHandler, ServeInfo } from "./handle_request.ts";
export type { Outcome, RequestOutcome } from "./outcome.ts";

// Requests
export { currentRequest } from "./current_request.ts";
export { background, type BackgroundOptions } from "./background.ts";
export { readBody, type ReadBodyOptions, RequestBody } from "./request_body.ts";
export { HttpError, type HttpErrorOptions } from "./http_error.ts";

// Responses
export type { HeadersSource } from "./headers.ts";
export { type ResponseParts, ResponseStream, streamResponse } from "./stream_response.ts";
export { EventStream, serverSentEvents, type ServerSentEventsOptions } from "./server_sent_events.ts";
export type { ServerSentEvent } from "./event_format.ts";

// WebSockets
export { upgradeWebSocket } from "./upgrade_web_socket.ts";
export type { UpgradeWebSocketOptions } from "./upgrade_checks.ts";
export { ServerWebSocket, type WebSocketMessage } from "./server_web_socket.ts";
export { WebSocketClosed } from "./web_socket_closed.ts";
