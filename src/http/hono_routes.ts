/**
 * Coroutines as handlers and middleware of Hono.
 *
 * @module
 */
import type { Context, Env, Hono, Input, MiddlewareHandler, Next } from "hono";
import type { BlankInput, MergePath, Schema } from "hono/types";
import { isCoroutine } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { handle } from "./hono_handler.ts";
import { Rest } from "./hono_rest.ts";

/** A handler of a route: a generator function; an async function or a plain one as well. */
export type RouteHandler<E extends Env, P extends string, I extends Input, R extends Response> = (
  c: Context<E, P, I>,
  next: Next,
) => Coroutine<R> | LazyAwaitable<R> | Promise<R> | R;

/**
 * Makes a Hono handler of a generator function. It gives Hono a `Response` if the coroutine ends in its first step, and a
 * native promise otherwise.
 *
 * Hono cannot tell such a function the types of its path's parameters; {@linkcode routes} can.
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
 */
export function handler<C extends Context = Context, R extends Response = Response>(
  fn: (c: C, next: Next) => Coroutine<R> | LazyAwaitable<R> | Promise<R> | R,
): (c: C, next: Next) => R | Promise<R> {
  if (typeof fn !== "function") {
    const kind = isCoroutine(fn) ? "a coroutine that was made already" : describeKind(fn);
    throw new TypeError(
      `Cannot make a Hono handler of ${kind}: give the generator function itself, function* (c) { … }.`,
    );
  }
  return (c, next) => handle(fn as never, c as never, next) as R | Promise<R>;
}

/** What a middleware of {@linkcode routes} goes on with: `yield* next()`, or `await next()` in an async function. */
export type NextRequest = () => LazyAwaitable<void>;

/** A middleware: a generator function; an async function or a plain one as well. */
export type RouteMiddleware<E extends Env, P extends string> = (
  c: Context<E, P>,
  next: NextRequest,
) => Coroutine<Response | void> | LazyAwaitable<Response | void> | Promise<Response | void> | Response;

/** Adds a middleware; `use` of {@linkcode Routes}. */
export interface AddMiddleware<E extends Env, B extends string> {
  /** For every path of the app. */
  (middleware: RouteMiddleware<E, MergePath<B, "*">>): Routes<E, B>;
  /** For one path, such as `"/admin/*"`. */
  <P extends string>(path: P, middleware: RouteMiddleware<E, MergePath<B, P>>): Routes<E, B>;
}

/** Adds a route for one method; what {@linkcode Routes} has for each. */
export interface AddRoute<E extends Env, B extends string> {
  /** A path and its handler. The handler knows the parameters of the path. */
  <P extends string, R extends Response>(
    path: P,
    handler: RouteHandler<E, MergePath<B, P>, BlankInput, R>,
  ): Routes<E, B>;
  /** The same behind a middleware of Hono, such as a validator, whose results the handler knows. */
  <P extends string, I extends Input, R extends Response>(
    path: P,
    middleware: MiddlewareHandler<E, MergePath<B, P>, I>,
    handler: RouteHandler<E, MergePath<B, P>, I, R>,
  ): Routes<E, B>;
}

/** Adds routes to an app; what {@linkcode routes} gives. Every method gives it back, so that calls can be chained. */
export interface Routes<E extends Env, B extends string> {
  /** Adds a route for GET. */
  readonly get: AddRoute<E, B>;
  /** Adds a route for POST. */
  readonly post: AddRoute<E, B>;
  /** Adds a route for PUT. */
  readonly put: AddRoute<E, B>;
  /** Adds a route for DELETE. */
  readonly delete: AddRoute<E, B>;
  /** Adds a route for PATCH. */
  readonly patch: AddRoute<E, B>;
  /** Adds a route for OPTIONS. */
  readonly options: AddRoute<E, B>;
  /** Adds a route for every method. */
  readonly all: AddRoute<E, B>;
  /**
   * Adds a middleware. `yield* next()` runs what comes after it, in the same task: a deadline around it stops that, and a cancel of the
   * request goes up through it.
   */
  readonly use: AddMiddleware<E, B>;
}

const METHODS = ["get", "post", "put", "delete", "patch", "options", "all"] as const;

/**
 * Adds routes whose handlers are coroutines to a Hono app, with the types that Hono gives to its own: the variables of the app, the
 * parameters of the path, what a validator let through.
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
 */
export function routes<E extends Env, S extends Schema, B extends string>(app: Hono<E, S, B>): Routes<E, B> {
  if (typeof (app as { fetch?: unknown } | null | undefined)?.fetch !== "function") {
    throw new TypeError(`Cannot add routes to ${describeKind(app)}: give a Hono app, routes(new Hono()).`);
  }
  const added: Record<string, unknown> = {};
  for (const method of METHODS) {
    added[method] = (path: string, ...handlers: MiddlewareHandler[]) => {
      const last = handlers.pop();
      (app[method] as (path: string, ...handlers: unknown[]) => unknown)(path, ...handlers, handler(last as never));
      return added;
    };
  }
  added.use = (...given: unknown[]) => {
    const fn = given.pop();
    const run = handler(fn as never) as unknown as MiddlewareHandler;
    const use = app.use as (...given: unknown[]) => unknown;
    use(...given, (c: Context, next: Next) => run(c, (() => new Rest(c, next)) as never));
    return added;
  };
  return added as unknown as Routes<E, B>;
}
