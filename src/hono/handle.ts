/**
 * Runs the coroutine of a Hono handler: in the task of its request, in a task of its own, or on the shared loop.
 *
 * @module
 */
import type { Context, Next } from "hono";
import { isResponse } from "../adapters/shared/response_kind.ts";
import { currentCode } from "../core/current_code.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { isCancelled } from "../core/errors.ts";
import type { CoroutineObject } from "../core/contract.ts";
import { loopOf } from "../core/internal.ts";
import { runInside } from "../core/lazy_internal.ts";
import { type Coroutine, isCoroutine, isGeneratorFunction } from "../core/suspend.ts";
import { describeKind } from "../core/repr.ts";
import { runningLoop, runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { serviceUnavailable } from "../http/fallback_responses.ts";
import { requestHooksOf } from "../http/request_hooks.ts";
import { RequestRun } from "../http/request_run.ts";
import { borrowLoop } from "../http/shared_loop.ts";
import { isGuarded } from "./guard.ts";
import { HonoRequest } from "./hono_request.ts";

/** A handler as the runtime sees it. */
type Handle = (context: Context, next: Next) => unknown;

/** Calls a handler for a request: returns its result if it ends at once, or else a native promise, since Hono tests for one. */
export function handle(handle: Handle, context: Context, next: Next): unknown {
  const task = runningTask();
  if (task === null) return handleAlone(handle, context, next);
  const run = currentCode();
  // Not if it is another request that a handler makes to an app; nor can two coroutines be stepped by one task at once.
  const hooks = requestHooksOf(task);
  const adopts = run instanceof RequestRun && run.canAdopt(task) && hooks?.request === context.req.raw;
  if (!adopts) return handleInChild(loopOf(task), handle, context, next);
  hooks.hono = context;
  const made = handle(context, next);
  if (isCoroutine(made)) return run.adopt(task, made as unknown as CoroutineObject<unknown>, ended, context);
  if (!(made instanceof Promise)) return check(made, context);
  return made.then((value) => check(value, context), (error: unknown) => stopped(error, task, context));
}

/** What Hono gets of the end of a handler's coroutine. */
function ended(value: unknown, hasFailed: boolean, task: Task<unknown>, context: Context): unknown {
  return hasFailed ? stopped(value, task, context) : check(value, context);
}

/** In a task of its own on a loop that runs: the handler is called by something else than a server's request. */
function handleInChild(loop: BaseEventLoop, handle: Handle, context: Context, next: Next): unknown {
  const request = begin(loop, handle, context, next);
  if (request.task.done()) return request.task.result();
  request.watchClient();
  return toPromise(request.task, context);
}

/** No loop runs here: on the shared one, which runs from now until the request is answered. */
function handleAlone(handle: Handle, context: Context, next: Next): unknown {
  const running = runningLoop();
  if (running !== null) return handleInChild(running, handle, context, next);
  const { loop, leave } = borrowLoop();
  return runInside(loop, () => {
    const request = begin(loop, handle, context, next);
    const { task } = request;
    if (task.done()) {
      leave();
      return task.result();
    }
    request.watchClient();
    const answer = toPromise(task, context);
    task.addDoneCallback(leave);
    return answer;
  });
}

function toPromise(task: Task<unknown>, context: Context): Promise<unknown> {
  return task.then(undefined, (error: unknown) => stopped(error, task, context));
}

/**
 * Hono reports and answers errors that it does not know, and a request that is not wanted any more is nothing to report. Where
 * somebody above waits for the cancel, it goes on as what it is.
 */
function stopped(error: unknown, task: Task<unknown>, context: Context): Response {
  if (!isCancelled(error) || task.cancelling() === 0 || isGuarded(context)) throw error;
  return serviceUnavailable();
}

function begin(loop: BaseEventLoop, handle: Handle, context: Context, next: Next): HonoRequest {
  const source = isGeneratorFunction(handle)
    ? handle(context, next) as Coroutine<unknown>
    : new RequestRun(() => handle(context, next), "answer by", handle);
  const request = new HonoRequest(answered(source, context), loop, context);
  request.begin();
  return request;
}

/** The check is a part of the task, so that its result is what reaches Hono, and the Response that a middleware leads to. */
function* answered(source: Coroutine<unknown> | RequestRun, context: Context): Coroutine<unknown> {
  return check(yield* source, context) ?? context.res;
}

/** Hono would say that the context is not finalized, and not which handler forgot what. */
function check(value: unknown, context: Context): unknown {
  if (isResponse(value) || (value === undefined && context.finalized)) return value;
  const { method, path } = context.req;
  throw new TypeError(
    `Cannot answer ${method} ${path}: its handler returned ${value === undefined ? "nothing" : describeKind(value)}, ` +
      "and a request is answered by a Response. Write return c.text(…), return yield* … for a task whose result is one, or in a " +
      "middleware yield* next().",
  );
}
