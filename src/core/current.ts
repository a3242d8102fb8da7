/**
 * What is running right now. The loop is single threaded, so one record serves all loops of the process.
 *
 * The record is only valid inside a turn. What an async function does after its `await` runs between
 * turns; there the async storage says whose it is, see `async_storage.ts`.
 *
 * @module
 */
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { ContextOwner } from "./context.ts";
import type { Parkable } from "./suspend.ts";
import type { Task } from "./task.ts";

/** The record. */
export interface Current {
  /** The loop whose turn it is, or null between turns. */
  loop: BaseEventLoop | null;
  /** The task being stepped; null in plain callbacks. */
  task: Task<unknown> | null;
  /** Whose context variables are seen; null between turns. */
  owner: ContextOwner | null;
  /** What the innermost `yield*` has just parked on, until the task takes it. */
  parked: Parkable | null;
}

/** The one record. */
export const current: Current = { loop: null, task: null, owner: null, parked: null };
