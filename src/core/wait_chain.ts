/**
 * Who waits for what in the end: through tasks, async code and the awaits in it.
 *
 * @module
 */
import type { AnyAwait, AnyCode, AnyTask, Parkable } from "./contract.ts";

/** Whether what is waited for is async code, which may wait for several things in turn. */
export function isAsync(waiter: Parkable | null): waiter is AnyCode {
  return waiter !== null && waiter["~async"] === true;
}

/**
 * The last of the awaits between a task and what it waits for in the end: async code that awaits one thing is passed through. Null if there
 * is none.
 */
export function lastAwait(waiter: Parkable | null): AnyAwait | null {
  let last: AnyAwait | null = null;
  for (let inner = waiter; isAsync(inner);) {
    const only: AnyAwait | null = inner.onlyAwait();
    if (only === null || only.awaited === null) break;
    last = only;
    inner = only.awaited;
  }
  return last;
}

/** What is waited for in the end. That is async code if the code waits for the host, or for several things. */
export function innermostWait(waiter: Parkable | null): Parkable | null {
  return lastAwait(waiter)?.awaited ?? waiter;
}

/** Whether what is waited for leads back to a task, by whichever of several awaits. */
export function leadsTo(awaited: Parkable | null, task: AnyTask): boolean {
  const seen = new Set<Parkable>();
  const left = [awaited];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || seen.has(next)) continue;
    if (next._root === task) return true;
    seen.add(next);
    if (isAsync(next)) left.push(...next.awaits().map(({ awaited }) => awaited));
    else if (next._root !== undefined) left.push(next._root._waiter);
  }
  return false;
}
