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
import type { ReadyQueue } from "./ready_queue.ts";
import type { Parkable } from "./suspend.ts";
import type { Task } from "./task.ts";

/** The record. */
export interface Current {
  /** The loop whose turn it is, or null between turns. */
  loop: BaseEventLoop | null;
  /**
   * What that loop has to run, or null between turns. Its first entry is what runs: nothing has to be noted at a switch for
   * `running.ts` to find the task, and `context.ts` the context. A note would be a young object in an old one, twice 4 of 45 ns.
   */
  entries: ReadyQueue | null;
  /** A task that takes its first step inside of another entry; else null. */
  task: Task<unknown> | null;
  /** Whose context variables are seen where that is not the entry itself; else null. */
  owner: ContextOwner | null;
  /** What the innermost `yield*` has just parked on, until the task takes it. */
  parked: Parkable | null;
}

/** The one record. */
export const current: Current = { loop: null, entries: null, task: null, owner: null, parked: null };
