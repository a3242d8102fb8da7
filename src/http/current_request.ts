/**
 * The request that the running code is part of.
 *
 * @module
 */
import { requireScope } from "./request_scope.ts";

/**
 * The request whose handler, or whatever that has started, calls this: no function in between needs to pass it on.
 *
 * @throws {RuntimeError} outside a request, and in what was handed to {@linkcode background}
 *
 * @example A logger that knows the request
 * ```ts
 * import { type Coroutine, fromPromise, run, sleep, use } from "@loop/asyncio";
 * import { currentRequest, serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * function* load(): Coroutine<string> {
 *   yield* sleep(1);
 *   return `loaded for ${currentRequest().method}`;
 * }
 *
 * await run(function* () {
 *   const listening = serve(function* () {
 *     return new Response(yield* load());
 *   }, { port: 0 });
 *   yield* use(listening, function* (server) {
 *     const text = yield* fromPromise(fetch(server.url).then((response) => response.text()));
 *     assertEquals(text, "loaded for GET");
 *   });
 * });
 * ```
 */
export function currentRequest(): Request {
  return requireScope("tell the current request").request;
}
