/**
 * What may still wake a loop, as far as this module knows.
 *
 * @module
 */
import { abortableIn } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import { areasLoading } from "../loop/area.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { tasksAwaitingHost } from "./needs.ts";

/** Whether something of a loop that is parked without a timer is outstanding; sleeps without an end are timers. */
export function isOutstanding(loop: HostLoop, tasks: Iterable<Task<unknown>>): boolean {
  return !loop.signalHandlers.isEmpty() || loop.openSockets.size > 0 || loop.onClose.size > 0 || areasLoading() > 0 ||
    abortableIn(loop) > 0 || tasksAwaitingHost(tasks).length > 0;
}
