/**
 * Coroutines as handlers and middleware of Hono.
 *
 * @module
 */
import type { Context, Env, Hono, Input, MiddlewareHandler, Next, Schema } from "hono";
import { isCoroutine } from "../core/suspend.ts";
import { describeKind } from "../core/repr.ts";
import { handle } from "./handle.ts";
import { restOfRequest } from "./rest_of_request.ts";
import type { ContextOf, RouteHandler, Routes, Untold } from "./route_types.ts";

/**
 * Makes a Hono handler of a generator function. It returns a `Response` to Hono if the coroutine ends in its first step, and a
 * native promise otherwise.
 *
 * Hono cannot tell such a function what a validator let through: `c.req.valid()` returns `unknown` in it. {@linkcode routes} can; so can
 * the type of `c`, `Context<Env, "/users/:id", { out: { json: User } }>`.
 *
 * @param fn takes Hono's context, and `next` as a middleware does
 * @throws {TypeError} if it is not a function
 *
 * @example A deadline for a route
 * ```ts
 * import { Hono } from "hono";
 * import { sleep, timeout, TimeoutError } from "@loop/asyncio";
 * import { handler } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono().get("/", handler(function* (c) {
 *   try {
 *     yield* timeout(5, () => sleep(60_000));
 *   } catch (error) {
 *     if (error instanceof TimeoutError) return c.text("too slow", 504);
 *     throw error;
 *   }
 *   return c.text("done");
 * }));
 *
 * assertEquals((await app.request("/")).status, 504);
 * ```
 *
 * @category Routes
 */
export function handler<
  E extends Env = Untold,
  P extends string = Untold,
  I extends Input = Untold,
  R extends Response = Response,
>(fn: RouteHandler<E, P, I, R>): (c: ContextOf<E, P, I>, next: Next) => R | Promise<R> {
  if (typeof fn !== "function") {
    const kind = isCoroutine(fn) ? "a coroutine that was made already" : describeKind(fn);
    throw new TypeError(
      `Cannot make a Hono handler of ${kind}: give the generator function itself, function* (c) { … }.`,
    );
  }
  return (c, next) => handle(fn as never, c as never, next) as R | Promise<R>;
}

const METHODS = ["get", "post", "put", "delete", "patch", "options", "all"] as const;

/**
 * Adds routes whose handlers are coroutines to a Hono app, with the types that Hono gives to its own: the variables of the app, the
 * parameters of the path, what a validator let through, and the schema of the routes for Hono's client, `hc<typeof api>`.
 *
 * What it returns stands for the app: it has all of its other methods, and can be served and mounted in its place.
 *
 * @param app the app, which is changed as its own methods change it
 * @throws {TypeError} if it is not a Hono app
 *
 * @example Typed parameters
 * ```ts
 * import { Hono } from "hono";
 * import { sleep } from "@loop/asyncio";
 * import { routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * routes(app)
 *   .get("/users/:id", function* (c) {
 *     yield* sleep(1);
 *     return c.json({ id: c.req.param("id") });
 *   })
 *   .delete("/users/:id", function* (c) {
 *     yield* sleep(1);
 *     return c.body(null, 204);
 *   });
 *
 * assertEquals(await (await app.request("/users/7")).json(), { id: "7" });
 * ```
 *
 * @example A typed client
 * ```ts
 * import { Hono } from "hono";
 * import { hc } from "hono/client";
 * import { sleep } from "@loop/asyncio";
 * import { routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const api = routes(new Hono()).get("/users/:id", function* (c) {
 *   yield* sleep(1);
 *   return c.json({ id: c.req.param("id") });
 * });
 *
 * const client = hc<typeof api>("http://localhost", { fetch: api.request });
 * const response = await client.users[":id"].$get({ param: { id: "7" } });
 * const user: { id: string } = await response.json();
 * assertEquals(user.id, "7");
 * ```
 *
 * @example A middleware that waits
 * ```ts
 * import { Hono } from "hono";
 * import { Semaphore } from "@loop/asyncio";
 * import { routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * const limit = new Semaphore(2);
 * const app = new Hono();
 * routes(app)
 *   .use("/reports/*", function* (_c, next) {
 *     using _place = yield* limit.acquire();
 *     yield* next();
 *   })
 *   .get("/reports/:year", (c) => c.text(c.req.param("year")));
 *
 * assertEquals(await (await app.request("/reports/1843")).text(), "1843");
 * ```
 *
 * @category Routes
 */
export function routes<E extends Env, S extends Schema, B extends string>(app: Hono<E, S, B>): Routes<E, S, B> {
  if (typeof (app as { fetch?: unknown } | null | undefined)?.fetch !== "function") {
    throw new TypeError(`Cannot add routes to ${describeKind(app)}: give a Hono app, routes(new Hono()).`);
  }
  const added = new Map<string | symbol, unknown>();
  const api = inFrontOf(app, added);
  for (const method of METHODS) {
    added.set(method, (path: string, ...handlers: MiddlewareHandler[]) => {
      const last = handlers.pop();
      (app[method] as (path: string, ...handlers: unknown[]) => unknown)(path, ...handlers, handler(last as never));
      return api;
    });
  }
  added.set("use", (...given: unknown[]) => {
    const fn = given.pop();
    const run = handler(fn as never) as unknown as MiddlewareHandler;
    const use = app.use as (...given: unknown[]) => unknown;
    use(...given, (c: Context, next: Next) => run(c, (() => restOfRequest(c, next)) as never));
    return api;
  });
  return api as unknown as Routes<E, S, B>;
}

/** Stands for an app, but for the methods that are given here. */
function inFrontOf<A extends object>(app: A, methods: ReadonlyMap<string | symbol, unknown>): A {
  return new Proxy(app, {
    get(app, key) {
      if (methods.has(key)) return methods.get(key);
      const value: unknown = Reflect.get(app, key);
      // The methods of its class know the app by what is private to it.
      return typeof value === "function" && !Object.hasOwn(app, key) ? value.bind(app) : value;
    },
  });
}
