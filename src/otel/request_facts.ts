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

/** How it came: `http` or `https`. */
export function schemeOf({ url }: Request): string {
  return url.slice(0, url.indexOf(":"));
}

/** What went wrong, in a word of which there are few; null if nothing did. */
export function errorTypeOf({ outcome, status }: EndedRequest): string | null {
  if (outcome !== "delivered") return outcome;
  return status !== null && status >= 500 ? String(status) : null;
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
