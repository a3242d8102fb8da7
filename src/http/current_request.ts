/**
 * The request that the running code is part of.
 *
 * @module
 */
import { currentScope, type TaskScope } from "../core/context.ts";
import { RuntimeError } from "../core/errors.ts";
import type { RequestScope } from "./request_scope.ts";

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
 *
 * @category Requests
 */
export function currentRequest(): Request {
  return requireScope("tell the current request").request;
}

/** The scope that the running code is part of, or null. */
export function runningScope(): RequestScope | null {
  const scope = currentScope();
  return isOfRequest(scope) ? scope : null;
}

/** Whether a scope is that of a request; without the class, which is loaded with the first server. */
export function isOfRequest(scope: TaskScope | null): scope is RequestScope {
  return scope !== null && "request" in scope;
}

/**
 * The scope that the running code is part of.
 *
 * @throws {RuntimeError} if there is none
 */
export function requireScope(what: string): RequestScope {
  const scope = runningScope();
  if (scope === null) {
    throw new RuntimeError(
      `Cannot ${what} outside a request. Call it in the handler of serve(), or in what that has started and not handed to background().`,
    );
  }
  return scope;
}
