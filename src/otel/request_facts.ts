/**
 * What is known of a request.
 *
 * @module
 */
import type { EndedRequest } from "../core/instruments.ts";
import type { Task } from "../core/task.ts";
import { requestHooksOf } from "../http/request_hooks.ts";

/** The methods that have a name of their own; others are told as one, for anybody can make up any number of them. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]);

/** The request that a task answers; null if it answers none. */
export function requestOf(task: Task<unknown>): Request | null {
  return requestHooksOf(task)?.request ?? null;
}

/** The method as it is told. */
export function methodOf(request: Request): string {
  return METHODS.has(request.method) ? request.method : "_OTHER";
}

/** The route of Hono that has matched, such as `/users/:id`; undefined if it is not known. */
export function routeOf({ task }: EndedRequest): string | undefined {
  const context = requestHooksOf(task)?.hono as { req?: { routePath?: unknown } } | null | undefined;
  try {
    const route = context?.req?.routePath;
    return typeof route === "string" && route !== "" ? route : undefined;
  } catch {
    // It is code of others.
    return undefined;
  }
}
