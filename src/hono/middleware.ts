/**
 * Middleware of Hono that makes requests tasks and gives them deadlines.
 *
 * @module
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import { TimeoutError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { getRunningLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { checkLimit } from "../http/option_checks.ts";
import { RequestRun } from "../http/request_run.ts";
import { timeout } from "../tasks/timeout.ts";
import { handle } from "./handle.ts";
import { limitedRest, runRest } from "./rest_of_request.ts";

/**
 * Makes each request of a Hono app a task, whatever handles it: in plain async handlers too `currentTask()`, context variables,
 * `createTask`, `sleep` and all the rest of the module work, before and after an `await`, and a client that leaves cancels them. A
 * cancelled handler is nothing that `app.onError` hears of.
 *
 * Under {@linkcode serve} the task is the one that the request has anyway. In `app.request()`, `Deno.serve(app.fetch)` or
 * `export default app` one shared loop serves all requests and lives while there is one.
 *
 * @example Plain handlers, and no server
 * ```ts
 * import { Hono } from "hono";
 * import { currentTask, gather, sleep } from "@loop/asyncio";
 * import { middleware } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * app.use(middleware());
 * app.get("/both", async (c) => {
 *   const both = await gather(sleep(1, "one"), sleep(1, "two"));
 *   return c.json([...both, currentTask()?.getName()]);
 * });
 *
 * const response = await app.request("/both");
 * assertEquals(await response.json(), ["one", "two", "GET /both"]);
 * ```
 *
 * @category Middleware
 */
export function middleware(): MiddlewareHandler {
  return (c, next) => handle(() => runRest(c, next), c, next) as Promise<void>;
}

/**
 * The options of {@linkcode deadline}.
 *
 * @category Middleware
 */
export interface DeadlineOptions {
  /** Answers in the place of the work; by default 504 with the text `Gateway Timeout`. May be a generator function. */
  readonly answer?:
    | ((c: Context) => Response | Promise<Response> | Coroutine<Response> | LazyAwaitable<Response>)
    | undefined;
  /**
   * Milliseconds after the deadline that a plain async handler gets if it waits for a promise that cannot be cancelled; 100 by default, null
   * for no limit. After it the answer is sent, and the handler, which nothing can stop, is left alone and reported to the loop's exception handler.
   */
  readonly gracePeriod?: number | null | undefined;
}

const NAMES: OptionNames<DeadlineOptions> = { answer: "function", gracePeriod: true };

/**
 * A limit of time for what comes after it. When the time is over the handler is cancelled where it waits, its `finally` blocks run to
 * their end, and the client is answered. The limit is for making the response, not for sending its body.
 *
 * A promise that is not of this module stops only if it was given `currentTask().signal`, or made within `fromPromise`.
 *
 * @param ms milliseconds; null for no limit
 * @throws {TypeError} if an argument has the wrong type
 * @throws {RangeError} if a time is negative, NaN or Infinity
 *
 * @example Work that is stopped
 * ```ts
 * import { Hono } from "hono";
 * import { sleep } from "@loop/asyncio";
 * import { deadline, routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * let working = false;
 * const app = new Hono();
 * app.use("/report", deadline(5));
 * routes(app).get("/report", function* (c) {
 *   working = true;
 *   try {
 *     yield* sleep(60_000);
 *   } finally {
 *     working = false;
 *   }
 *   return c.text("done");
 * });
 *
 * assertEquals((await app.request("/report")).status, 504);
 * assertEquals(working, false);
 * ```
 *
 * @example An answer of your own
 * ```ts
 * import { Hono } from "hono";
 * import { sleep } from "@loop/asyncio";
 * import { deadline } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * app.use(deadline(5, { answer: (c) => c.json({ error: "too slow" }, 503) }));
 * app.get("/", async (c) => {
 *   await sleep(60_000);
 *   return c.text("done");
 * });
 *
 * assertEquals(await (await app.request("/")).json(), { error: "too slow" });
 * ```
 *
 * @category Middleware
 */
export function deadline(ms: number | null, options: DeadlineOptions = {}): MiddlewareHandler {
  checkOptions(options, "deadline", NAMES);
  const { answer = (c: Context) => c.text("Gateway Timeout", 504), gracePeriod = 100 } = options;
  checkLimit(ms, "set a deadline", "limit", { unit: "milliseconds" });
  checkLimit(gracePeriod, "set a deadline", "gracePeriod", { unit: "milliseconds" });
  const limited = function* (c: Context, next: Next): Coroutine<void> {
    try {
      yield* timeout(ms, function* (scope) {
        yield* limitedRest(c, next, gracePeriod ?? Infinity, () => {
          if (scope.expired()) reportAbandoned(c, ms);
          return scope.expired();
        });
      });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      // A middleware may have set a response already, which Hono would keep.
      c.res = undefined;
      c.res = yield* new RequestRun(() => answer(c), "answer by", "answer") as unknown as LazyAwaitable<Response>;
    }
  };
  return (c, next) => handle(limited, c, next) as Promise<void>;
}

function reportAbandoned(c: Context, ms: number | null): void {
  const { method, path } = c.req;
  getRunningLoop().callExceptionHandler({
    message:
      `The handler of ${method} ${path} goes on, though its deadline of ${ms} ms has passed and its client is answered: ` +
      "it waits for a promise that cannot be cancelled. Give currentTask().signal to what it calls",
  });
}
