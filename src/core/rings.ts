/**
 * Rings of tasks that wait for one another, through async code that awaits several things.
 *
 * A ring of plain waits is found by `Task.cancel` itself. Here are those of which a link is one of several awaits.
 *
 * @module
 */
import type { Parkable } from "./contract.ts";
import { AsyncPart } from "./async_part.ts";
import { Task } from "./task.ts";

/** Whether what somebody waits for leads back to a task. */
export function leadsTo(awaited: Parkable | null, task: Task<unknown>): boolean {
  const seen = new Set<Parkable>();
  const left = [awaited];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || seen.has(next)) continue;
    if (next === (task as Parkable)) return true;
    seen.add(next);
    if (next instanceof Task) left.push(next._waiter);
    else if (next instanceof AsyncPart) left.push(...next._allAwaited());
  }
  return false;
}
