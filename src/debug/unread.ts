/**
 * Exceptions that nobody has read after a second.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Future } from "../core/future.ts";
import { isUnread, markRead, storedIn } from "../core/internal.ts";
import { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { lineOf, placeOf } from "./places.ts";

/** Milliseconds after which an exception should have been read. */
const TIME_TO_BE_READ = 1_000;

/** What has failed on a loop, with the time when that is to be looked at. */
interface Failed {
  readonly future: Future<unknown>;
  readonly when: number;
}

const lists = new WeakMap<BaseEventLoop, Failed[]>();
/** What forgets the timer of a loop. */
const timers = new WeakMap<BaseEventLoop, () => void>();

/** Something has failed and was not read so far. */
export function noteUnread(loop: HostLoop, future: Future<unknown>): void {
  // A simulated host would go on for it.
  if (loop.adapter.parked !== undefined) return;
  const list = lists.get(loop);
  const failed = { future, when: loop.time() + TIME_TO_BE_READ };
  if (list !== undefined) return void list.push(failed);
  lists.set(loop, [failed]);
  lookLater(loop, TIME_TO_BE_READ);
}

function lookLater(loop: HostLoop, delay: number): void {
  // No timer of the loop's: nothing that is notified of those sees this.
  const timer = loop.adapter.setTimer(delay, () => look(loop));
  timers.set(loop, () => loop.adapter.clearTimer(timer));
}

/** A loop closes, and tells all that is unread by itself. */
export function forgetUnread(loop: HostLoop): void {
  lists.delete(loop);
  timers.get(loop)?.();
}

function look(loop: HostLoop): void {
  const list = lists.get(loop) ?? [];
  lists.delete(loop);
  const now = loop.time();
  const later: Failed[] = [];
  for (const failed of list) {
    const { future, when } = failed;
    if (!isUnread(future)) continue;
    if (when > now) {
      later.push(failed);
      continue;
    }
    markRead(future);
    const kind = future instanceof Task ? "task" : "future";
    loop.callExceptionHandler({
      message:
        `${
          kind === "task" ? "Task" : "Future"
        } exception was not yet retrieved: nobody has awaited the ${kind} for a second. ` +
        `Await it, or catch the error in it.${lineOf(placeOf(future))}`,
      exception: storedIn(future),
      future,
    });
  }
  const [first] = later;
  if (first === undefined) return;
  lists.set(loop, later);
  lookLater(loop, Math.max(1, first.when - now));
}
