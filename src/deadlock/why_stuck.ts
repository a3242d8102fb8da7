/**
 * Why a loop cannot go on, in words.
 *
 * @module
 */
import type { AnyTask } from "../core/contract.ts";
import { DeadlockError } from "../core/errors.ts";
import type { Task } from "../core/task.ts";
import { describeGraph, describeRing, describeTasks } from "./describe.ts";
import { type Ring, WaitGraph } from "./rings.ts";

/** The graph of who waits for whom among tasks. */
export function graphOf(tasks: Iterable<Task<unknown>>): WaitGraph {
  return new WaitGraph(tasks as unknown as Iterable<AnyTask>);
}

/** The error for a loop that nothing will ever wake. `where` says what it runs; `lacks` what it looked for. */
export function deadlockError(where: string, lacks: string, tasks: readonly Task<unknown>[]): DeadlockError {
  const graph = graphOf(tasks);
  const why = tasks.length === 0
    ? "no task is left to go on."
    : graph.rings.length > 0
    ? "tasks wait for one another:"
    : "every task waits for what nobody is left to do:";
  const graphText = describeGraph(tasks as unknown as readonly AnyTask[], graph);
  // Where it is made is the place of nobody's mistake.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new DeadlockError(`Cannot go on${where}: ${lacks}, and ${why}${graphText}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What is said of tasks that wait for one another while others go on. */
export function ringReport(ring: Ring, graph: WaitGraph): string {
  const unless = [...ring.members].some((task) => graph.needsLock(task))
    ? "unless one of them is cancelled, or another task releases what one of them holds"
    : "unless one of them is cancelled";
  return `Tasks wait for one another, and none can go on ${unless}: ${describeRing(ring)}. ` +
    `Wait for each in one direction only, and take locks in the same order everywhere.${
      describeTasks(ring.members, graph)
    }`;
}
