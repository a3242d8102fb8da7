/**
 * Hono's Context of the request that runs.
 *
 * @module
 */
import type { Context, Env } from "hono";
import { RuntimeError } from "../core/errors.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { runningScope } from "../http/current_request.ts";
import { requestHooksOf } from "../http/request_hooks.ts";

/**
 * Hono's Context of the request that is being handled, from anywhere in it: a coroutine at any depth, a task that it has started,
 * an async function after its `await`.
 *
 * It is known from the first handler on that is a coroutine (`handler`, `routes`), or from {@linkcode middleware} on.
 *
 * @returns the same object that the handler got; its variables have types by `currentContext<AppEnv>()`
 * @throws {RuntimeError} outside such a request
 *
 * @example The user, deep inside
 * ```ts
 * import { Hono } from "hono";
 * import { type Coroutine, sleep } from "@loop/asyncio";
 * import { currentContext, routes } from "@loop/asyncio/hono";
 * import { assertEquals } from "@std/assert";
 *
 * interface AppEnv {
 *   Variables: { user: string };
 * }
 *
 * function* greeting(): Coroutine<string> {
 *   yield* sleep(1);
 *   return `hello ${currentContext<AppEnv>().var.user}`;
 * }
 *
 * const app = new Hono<AppEnv>();
 * app.use(async (c, next) => {
 *   c.set("user", "ada");
 *   await next();
 * });
 * routes(app).get("/", function* (c) {
 *   return c.text(yield* greeting());
 * });
 *
 * assertEquals(await (await app.request("/")).text(), "hello ada");
 * ```
 *
 * @category Middleware
 */
export function currentContext<E extends Env = Env>(): Context<E> {
  const context = honoOf(runningTask()) ?? honoOf(runningScope()?.task);
  if (context !== null) return context as Context<E>;
  throw new RuntimeError(
    "Cannot give Hono's Context: no request of a Hono app is being handled here. Call it in what a handler() or routes() " +
      "handler runs; for plain handlers begin the app with app.use(middleware()).",
  );
}

function honoOf(task: Task<unknown> | null | undefined): unknown {
  return task ? requestHooksOf(task)?.hono ?? null : null;
}
