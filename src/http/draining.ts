/**
 * The news that a server has begun to close, for what would otherwise go on for ever.
 *
 * @module
 */
import { OVER, WAITING } from "../core/lazy.ts";
import type { Suspend } from "../core/suspend.ts";
import type { Event } from "../sync/event.ts";
import { LineWait } from "../sync/waiters.ts";
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
  // Stands in the line of those who wait for the event, since a task for each connection would be one too many.
  const wait = new Callback(draining, callback);
  draining._waiters.push(wait);
  return () => draining._waiters.remove(wait);
}

class Callback extends LineWait<never> {
  readonly #callback: () => void;

  constructor(event: Event, callback: () => void) {
    super(event._waiters);
    this._phase = WAITING;
    this.#callback = callback;
  }

  override _wakeUp(): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = OVER;
    this.#callback();
    return true;
  }

  _gaveUp(): void {}

  next(): IteratorResult<Suspend, never> {
    throw new TypeError("Cannot await this: it only calls back.");
  }
}
