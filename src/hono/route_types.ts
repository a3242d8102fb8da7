/**
 * The types of routes whose handlers are coroutines.
 *
 * @module
 */
import type { Context, Env, Hono, Input, MiddlewareHandler, Next, Schema, ToSchema, TypedResponse } from "hono";
import type { BlankInput, MergePath } from "hono/types";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";

/**
 * A handler of a route: a generator function; an async function or a plain one as well.
 *
 * @category Routes
 */
export type RouteHandler<E extends Env, P extends string, I extends Input, R extends Response> = (
  c: Context<E, P, I>,
  next: Next,
) => Coroutine<R> | LazyAwaitable<R> | Promise<R> | R;

/**
 * What Hono cannot tell a wrapped handler. Whatever a route has fits it.
 *
 * @category Routes
 */
// deno-lint-ignore no-explicit-any
export type Untold = any;

/**
 * The context that a handler takes: any, unless it says of which validators it takes the results.
 *
 * @category Routes
 */
export type ContextOf<E extends Env, P extends string, I extends Input> = 0 extends 1 & I ? Untold : Context<E, P, I>;

/**
 * What a middleware of {@linkcode routes} goes on with: `yield* next()`, or `await next()` in an async function.
 *
 * @category Routes
 */
export type NextRequest = () => LazyAwaitable<void>;

/**
 * A middleware: a generator function; an async function or a plain one as well.
 *
 * @category Routes
 */
export type RouteMiddleware<E extends Env, P extends string> = (
  c: Context<E, P>,
  next: NextRequest,
) => Coroutine<Response | void> | LazyAwaitable<Response | void> | Promise<Response | void> | Response;

/**
 * What a client knows of a response, as Hono's `hc` has it.
 *
 * @category Routes
 */
export type KnownResponse<R> = R extends TypedResponse ? R : TypedResponse;

/**
 * The same of what a middleware may answer in the place of the handler.
 *
 * @category Routes
 */
export type KnownRefusal<M> = M extends (...args: never[]) => Promise<infer R> ? Extract<R, TypedResponse> : never;

/**
 * A middleware of Hono before a handler, such as a validator.
 *
 * @category Routes
 */
export type RouteGuard<E extends Env, P extends string, I extends Input> = MiddlewareHandler<E, P, I, Untold>;

/**
 * Adds a middleware; `use` of {@linkcode Routes}.
 *
 * @category Routes
 */
export interface AddMiddleware<E extends Env, S extends Schema, B extends string> {
  /** For every path of the app. */
  (middleware: RouteMiddleware<E, MergePath<B, "*">>): Routes<E, S, B>;
  /** For one path, such as `"/admin/*"`. */
  <P extends string>(path: P, middleware: RouteMiddleware<E, MergePath<B, P>>): Routes<E, S, B>;
}

/**
 * What the middleware before a handler adds to its variables, if it says so.
 *
 * @category Routes
 */
export type With<E extends Env, More> = 0 extends 1 & More ? E : E & More;

/**
 * Adds a route for one method; what {@linkcode Routes} has for each.
 *
 * @category Routes
 */
export interface AddRoute<E extends Env, S extends Schema, B extends string, M extends string> {
  /** A path and its handler. The handler knows the parameters of the path. */
  <P extends string, R extends Response>(
    path: P,
    handler: RouteHandler<E, MergePath<B, P>, BlankInput, R>,
  ): Routes<E, S & ToSchema<M, MergePath<B, P>, BlankInput, KnownResponse<R>>, B>;
  /** The same behind a middleware of Hono, such as a validator, whose results the handler knows. */
  <
    P extends string,
    I extends Input,
    R extends Response,
    E1 extends Env,
    M1 extends RouteGuard<E1, MergePath<B, P>, I>,
  >(
    path: P,
    middleware: RouteGuard<E1, MergePath<B, P>, I> & M1,
    handler: RouteHandler<With<E, E1>, MergePath<B, P>, I, R>,
  ): Routes<E, S & ToSchema<M, MergePath<B, P>, I, KnownResponse<R> | KnownRefusal<M1>>, B>;
  /** The same behind two of them. */
  <
    P extends string,
    I1 extends Input,
    I2 extends Input,
    R extends Response,
    E1 extends Env,
    E2 extends Env,
    M1 extends RouteGuard<E1, MergePath<B, P>, I1>,
    M2 extends RouteGuard<E2, MergePath<B, P>, I2>,
  >(
    path: P,
    first: RouteGuard<E1, MergePath<B, P>, I1> & M1,
    second: RouteGuard<E2, MergePath<B, P>, I2> & M2,
    handler: RouteHandler<With<With<E, E1>, E2>, MergePath<B, P>, I1 & I2, R>,
  ): Routes<
    E,
    S & ToSchema<M, MergePath<B, P>, I1 & I2, KnownResponse<R> | KnownRefusal<M1> | KnownRefusal<M2>>,
    B
  >;
  /** The same behind three of them. */
  <
    P extends string,
    I1 extends Input,
    I2 extends Input,
    I3 extends Input,
    R extends Response,
    E1 extends Env,
    E2 extends Env,
    E3 extends Env,
    M1 extends RouteGuard<E1, MergePath<B, P>, I1>,
    M2 extends RouteGuard<E2, MergePath<B, P>, I2>,
    M3 extends RouteGuard<E3, MergePath<B, P>, I3>,
  >(
    path: P,
    first: RouteGuard<E1, MergePath<B, P>, I1> & M1,
    second: RouteGuard<E2, MergePath<B, P>, I2> & M2,
    third: RouteGuard<E3, MergePath<B, P>, I3> & M3,
    handler: RouteHandler<With<With<With<E, E1>, E2>, E3>, MergePath<B, P>, I1 & I2 & I3, R>,
  ): Routes<
    E,
    & S
    & ToSchema<
      M,
      MergePath<B, P>,
      I1 & I2 & I3,
      KnownResponse<R> | KnownRefusal<M1> | KnownRefusal<M2> | KnownRefusal<M3>
    >,
    B
  >;
}

/**
 * The methods of {@linkcode Routes} that take coroutines. Each returns the routes, so that calls can be chained.
 *
 * @category Routes
 */
export interface RouteMethods<E extends Env, S extends Schema, B extends string> {
  /** Adds a route for GET. */
  readonly get: AddRoute<E, S, B, "get">;
  /** Adds a route for POST. */
  readonly post: AddRoute<E, S, B, "post">;
  /** Adds a route for PUT. */
  readonly put: AddRoute<E, S, B, "put">;
  /** Adds a route for DELETE. */
  readonly delete: AddRoute<E, S, B, "delete">;
  /** Adds a route for PATCH. */
  readonly patch: AddRoute<E, S, B, "patch">;
  /** Adds a route for OPTIONS. */
  readonly options: AddRoute<E, S, B, "options">;
  /** Adds a route for every method. */
  readonly all: AddRoute<E, S, B, "all">;
  /**
   * Adds a middleware. `yield* next()` runs what comes after it, in the same task: a deadline around it stops that, and a cancel of the
   * request goes up through it.
   */
  readonly use: AddMiddleware<E, S, B>;
}

/**
 * A Hono app to which routes are added whose handlers are coroutines; what {@linkcode routes} returns.
 *
 * @category Routes
 */
export type Routes<E extends Env, S extends Schema, B extends string> = RouteMethods<E, S, B> & Hono<E, S, B>;
