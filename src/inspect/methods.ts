/**
 * What the loop loads to describe its tasks.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { getRunningLoop } from "../core/running.ts";
import { formatTree } from "./format_tasks.ts";
import { loopSnapshot } from "./take_snapshot.ts";

export { dumpOn, writeTasks } from "./dump.ts";
export { takeSnapshot } from "./take_snapshot.ts";

/**
 * The tasks of a loop that are not done, as a tree: below each task what it does, and below that the tasks that it waits for. It is laid out as
 * `python -m asyncio pstree` does. A task that waits for itself by way of others is marked with the ring.
 *
 * @param loop the loop; by default the running one
 * @returns the lines, joined by newlines; the empty string if there are no tasks
 * @throws {RuntimeError} if no loop is given and none is running
 *
 * @example Who waits for whom
 * ```ts
 * import { run, sleep, taskGroup } from "@loop/asyncio";
 * import { formatTasks } from "@loop/asyncio/inspect";
 * import { assertMatch } from "@std/assert";
 *
 * await run(function* () {
 *   yield* taskGroup(function* (group) {
 *     group.createTask(sleep(20), { name: "nap" });
 *     yield* sleep(1);
 *     assertMatch(formatTasks(), /\(T\) nap/);
 *   });
 * });
 * ```
 *
 * @category Inspection
 */
export function formatTasks(loop: BaseEventLoop = getRunningLoop()): string {
  return formatTree(loopSnapshot(loop).tasks);
}
