/**
 * HTTP on the loop: every request a task.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { prepareStorage } from "../core/current_code.ts";
import { isCancelled } from "../core/errors.ts";
import { coroutine } from "../core/coroutine.ts";
import { framesOfCall, placeAtCall } from "../core/error_frames.ts";
import { describeKind } from "../core/repr.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { Area } from "../loop/area.ts";
import { requireCapability, requireHostLoop } from "../loop/host_loop.ts";
import type { ServeHandler } from "./handle_request.ts";
import { checkOptions, type ServeOptions, type Settings } from "./serve_options.ts";
import type { HttpServer } from "./server.ts";

/**
 * Starts an HTTP server on the running loop and returns it once it listens. Each request is a task named `GET /path` that runs
 * the handler: a generator function, an async function or a plain one.
 *
 * A client that leaves cancels the task of its request. So does a request's time that is over (`requestTimeout`), and a server that closes, when
 * its grace period has passed. Every task that is made while a request is handled, by `createTask` as well, is a part of
 * the request: it is cancelled when the response is sent. What is to go on is handed to {@linkcode background}. A handler that throws
 * answers 500, and the error goes to the loop's exception handler, as does that of a task of the request that nobody has
 * awaited; such a task does not change the response. Whoever wants that puts it into a {@linkcode TaskGroup}.
 *
 * @param handler makes the `Response` of a request: a function, or an object with a method `fetch`, such as what `export default app` is
 * @throws {TypeError} if the handler is neither, an option has the wrong type, or there is no such option; when awaited, if `tls` or `path` is
 * nothing to use
 * @throws {RangeError} if an option is out of range
 * @throws {OSError} when awaited, if the port is in use, the name does not resolve or the permission is missing
 * @throws {RuntimeError} when awaited outside an `EventLoop`
 * @throws {NotSupportedError} when awaited on an adapter that has no HTTP, or not what the options ask for
 *
 * @example A server, and a request to it
 * ```ts
 * import { fromPromise, run, sleep } from "@loop/asyncio";
 * import { serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const server = yield* serve(function* (request) {
 *     yield* sleep(1);
 *     return new Response(`hello from ${new URL(request.url).pathname}`);
 *   }, { port: 0 });
 *
 *   const text = yield* fromPromise(fetch(`${server.url}/here`).then((response) => response.text()));
 *   assertEquals(text, "hello from /here");
 *
 *   server.close();
 *   yield* server.closed;
 * });
 * ```
 *
 * @example For production
 * ```ts
 * import { fromPromise, run, sleep, use } from "@loop/asyncio";
 * import { serve } from "@loop/asyncio/http";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * await run(function* () {
 *   const listening = serve(function* () {
 *     yield* sleep(60_000);
 *     return new Response("done");
 *   }, {
 *     port: 0,
 *     requestTimeout: 10,
 *     maxConcurrency: 1_000,
 *     onOutcome: ({ method, outcome, status }) => log.push(`${method} ${outcome} ${status}`),
 *   });
 *   yield* use(listening, function* (server) {
 *     const response = yield* fromPromise(fetch(server.url));
 *     yield* fromPromise(response.text());
 *     assertEquals(response.status, 504);
 *   });
 * });
 * assertEquals(log, ["GET timedOut 504"]);
 * ```
 *
 * @category Servers
 */
export function serve(
  handler: ServeHandler | { readonly fetch: ServeHandler },
  options: ServeOptions = {},
): LazyAwaitable<HttpServer> {
  const call = typeof handler === "function" ? handler : methodOf(handler);
  if (call === null) {
    throw new TypeError(
      `Cannot serve ${
        describeKind(handler)
      }: the handler must be a function that takes a Request and returns a Response, or an object whose fetch is one. ` +
        "Write serve(() => new Response(…)), or serve(app).",
    );
  }
  return noted(start(framesOfCall(), call, checkOptions(options)), "serve()");
}

/** What runs a server: loaded with the first one. */
const serving = /* @__PURE__ */ new Area(() => import("./serving.ts"));

/** The method `fetch` of an object, as a function that people know by the same name. */
function methodOf(app: { readonly fetch?: unknown } | null | undefined): ServeHandler | null {
  const fetch = app?.fetch;
  if (typeof fetch !== "function") return null;
  const { name, prototype } = fetch;
  return Object.defineProperties(fetch.bind(app), { name: { value: name }, prototype: { value: prototype } });
}

/** `call` is where it was called, for an error to say so. */
const start: (call: Error | null, handler: ServeHandler, settings: Settings) => LazyAwaitable<HttpServer> =
  /* @__PURE__ */ coroutine(
    function* serve(call: Error | null, handler: ServeHandler, settings: Settings): Coroutine<HttpServer> {
      try {
        const loop = requireHostLoop(requireLoop("serve HTTP"), "serve HTTP");
        prepareStorage();
        requireCapability(loop.adapter.serveHttp, "serve HTTP", loop.adapter);
        const { listen } = yield* serving.load();
        return yield* listen(loop, handler, settings);
      } catch (error) {
        if (!isCancelled(error)) placeAtCall(error, call, start);
        throw error;
      }
    },
  );
