/**
 * HTTP on the loop: every request a task.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { fromPromise } from "../core/from_promise.ts";
import { describeKind } from "../core/repr.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { requireCapability, requireEventLoop } from "../loop/event_loop.ts";
import { answer, type ServeHandler } from "./request_task.ts";
import { HttpServer } from "./server.ts";

/** The options of {@linkcode serve}. */
export interface ServeOptions {
  /** The port, 8000 by default; 0 lets the system choose one, which `server.addr` then has. */
  readonly port?: number | undefined;
  /**
   * The address or name to listen on; `"127.0.0.1"` by default, which only this machine reaches. `"0.0.0.0"` is every address that
   * the machine has.
   */
  readonly hostname?: string | undefined;
  /** Milliseconds that a closing server gives to the requests that it is handling; 5,000 by default, `Infinity` for no limit. */
  readonly gracePeriod?: number | undefined;
  /**
   * Whether SIGINT and SIGTERM close the server: the first does, so that `serveForever()` returns and the program can end
   * with code 0; one that comes later, while requests are still being handled, ends the process with 130. False by default.
   */
  readonly signals?: boolean | undefined;
  /** Called with the server once it listens. */
  readonly onListen?: ((server: HttpServer) => void) | undefined;
}

interface Settings {
  readonly port: number;
  readonly hostname: string;
  readonly gracePeriod: number;
  readonly signals: boolean;
  readonly onListen: ((server: HttpServer) => void) | undefined;
}

/**
 * Starts an HTTP server on the running loop and gives it once it listens. Each request is a task named `GET /path` that runs
 * the handler: a generator function, an async function or a plain one.
 *
 * A client that leaves cancels the task of its request, and nothing else does until the server closes. A handler that throws
 * answers 500, and the error goes to the loop's exception handler.
 *
 * @param handler makes the `Response` of a request
 * @throws {TypeError} if the handler is not a function, or an option has the wrong type
 * @throws {RangeError} if the port is not one, or the grace period is negative or NaN
 * @throws {OSError} when awaited, if the port is in use, the name does not resolve or the permission is missing
 * @throws {RuntimeError} when awaited outside an `EventLoop`
 * @throws {NotSupportedError} when awaited on an adapter that has no HTTP
 *
 * @example A server, and a request to it
 * ```ts
 * import { fromPromise, run, serve, sleep } from "@loop/asyncio";
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
 *   yield* server.waitClosed();
 * });
 * ```
 */
export function serve(handler: ServeHandler, options: ServeOptions = {}): LazyAwaitable<HttpServer> {
  if (typeof handler !== "function") {
    const fetch = (handler as { fetch?: unknown } | null | undefined)?.fetch;
    throw new TypeError(
      `Cannot serve ${
        describeKind(handler)
      }: the handler must be a function that takes a Request and gives a Response. ` +
        (typeof fetch === "function" ? "Give its fetch: serve(app.fetch)." : "Write serve(() => new Response(…))."),
    );
  }
  return start(handler, check(options));
}

const start = coroutine(function* serve(handler: ServeHandler, settings: Settings): Coroutine<HttpServer> {
  const loop = requireEventLoop(requireLoop("serve HTTP"), "serve HTTP");
  const { adapter } = loop;
  requireCapability(adapter.serveHttp, "serve HTTP", adapter);
  const { port, hostname, gracePeriod, signals, onListen } = settings;
  const server = new HttpServer(loop, handler, gracePeriod, signals);
  const listening = (adapter.serveHttp as NonNullable<typeof adapter.serveHttp>)({
    port,
    hostname,
    handler: (request, info) => answer(server, request, info),
  });
  // In the first microtask, for a request may come before the loop's next turn.
  const known = listening.then((listener) => server._listener = listener);
  yield* fromPromise(known, { onLate: (listener) => listener.abort() });
  server._listens();
  try {
    onListen?.(server);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
});

function check(options: ServeOptions): Settings {
  const { port = 8000, hostname = "127.0.0.1", gracePeriod = 5_000, signals = false, onListen } = options;
  checkType("port", port, "number", "such as 8000");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(
      `Cannot serve on port ${port}: give a whole number from 0 to 65535; 0 lets the system choose.`,
    );
  }
  checkType("hostname", hostname, "string", 'such as "127.0.0.1"');
  if (hostname === "") {
    throw new TypeError('Cannot serve on an empty hostname: give one such as "127.0.0.1" or "0.0.0.0".');
  }
  checkType("gracePeriod", gracePeriod, "number", "of milliseconds");
  if (!(gracePeriod >= 0)) {
    throw new RangeError(`Cannot serve with a gracePeriod of ${gracePeriod}: give milliseconds, 0 or more.`);
  }
  checkType("signals", signals, "boolean", "true to close at SIGINT");
  if (onListen !== undefined) checkType("onListen", onListen, "function", "that takes the server");
  return { port, hostname, gracePeriod, signals, onListen };
}

function checkType(name: string, value: unknown, type: string, example: string): void {
  const found: string = typeof value;
  if (found === type) return;
  throw new TypeError(`Cannot serve with ${describeKind(value)} as ${name}: give a ${type}, ${example}.`);
}
