/**
 * The news that a server has begun to close, for what would otherwise go on for ever.
 *
 * @module
 */
import { whenSet } from "../sync/event.ts";
import type { RequestScope } from "./request_scope.ts";

/** What an event stream or a WebSocket does when its server begins to close. */
export type OnDraining = "end" | "continue";

/** Refuses every other word. */
export function checkOnDraining(value: unknown, where: string): asserts value is OnDraining {
  if (value === "end" || value === "continue") return;
  throw new TypeError(`Cannot call ${where}() with onDraining: ${JSON.stringify(value)}. Give "end" or "continue".`);
}

/** Calls back once when the server of a request begins to close, at once if it has; gives what takes that back. */
export function whenDraining(scope: RequestScope | null, callback: () => void): () => void {
  const draining = scope?.server?.draining;
  if (draining === undefined) return () => {};
  if (draining.isSet()) {
    callback();
    return () => {};
  }
  // A task for each connection would be one too many.
  return whenSet(draining, callback);
}
