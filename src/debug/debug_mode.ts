/**
 * Debug mode: what loops tell it while one of them is in it.
 *
 * @module
 */
import { debugging, type DebugHooks } from "../core/current.ts";
import { Future } from "../core/future.ts";
import { Handle, TimerHandle } from "../core/handle.ts";
import { loopOf } from "../core/internal.ts";
import { loopOfHandle } from "../core/lazy_internal.ts";
import { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkLoop } from "./foreign_loop.ts";
import { placeInAsync } from "./async_frames.ts";
import { beginHotLazies, endHotLazies, replaceHotMethods } from "./hot_lazies.ts";
import { lazyPlace, noteLazy, ownLazy, ownYoung, reportLazies, watchYoung } from "./lazies.ts";
import { noteTimer, reportLeaks, unwatchSockets, watchSockets } from "./leaks.ts";
import { forgetLoop, noteLoop } from "./open_loops.ts";
import { forgetOthers, lineOf, noteEarlyPlace, notePlace, noteRarePlace } from "./places.ts";
import { forgetCancels, reportOutlived, reportSwallowed } from "./slow_cancels.ts";
import { noteUnowned, reportUnowned } from "./unowned.ts";
import { forgetUnread, noteUnread } from "./unread.ts";
import { throwInFrames } from "./misuse_frames.ts";
import { keepTasks, noteRaised } from "./crossed_tasks.ts";
import { takeCoroutineOf } from "./reused_coroutines.ts";
import { stepTime } from "./step_time.ts";

export { lookForSlowCancels } from "./cancel_looks.ts";
export { noteCancel } from "./slow_cancels.ts";

/** Where something was made, as a line to put behind a message; empty if it is not known. */
export function madeAt(made: object): string {
  return lineOf(lazyPlace(made));
}

const hooks: DebugHooks = {
  made(made, place) {
    if (place !== undefined) return noteEarlyPlace(made, place);
    if (!(made instanceof Future || made instanceof Handle)) return noteRarePlace(made);
    notePlace(made);
    if (made instanceof Task) {
      checkLoop(loopOf(made));
      // What a generator of a coroutine() function was made for is known to itself.
      if (takeCoroutineOf(made)) ownYoung(made.getCoro() as object);
      else ownLazy(made.getCoro());
    } else if (made instanceof Handle) {
      checkLoop(loopOfHandle(made));
      if (made instanceof TimerHandle) noteTimer(loopOfHandle(made), made);
    }
  },
  opened: noteUnowned,
  lazyMade: (lazy, name) => void noteLazy(lazy, name),
  hotMethods: replaceHotMethods,
  time: stepTime,
  batchEnded() {
    watchYoung();
    reportSwallowed();
  },
  madeAt,
  refused(made) {
    const line = madeAt(made);
    ownLazy(made);
    return line;
  },
  raised: noteRaised,
  misused: throwInFrames,
  outlived: reportOutlived,
  placed: keepTasks,
  rejected: placeInAsync,
  unread: (loop, future) => noteUnread(loop as unknown as HostLoop, future as unknown as Future<unknown>),
};

/** A loop is in debug mode from now on. Twice is as once. */
export function beginDebug(loop: HostLoop): void {
  noteLoop(loop);
  watchSockets(loop);
  if (debugging.hooks !== null) return;
  debugging.hooks = hooks;
  beginHotLazies();
  const early = debugging.early ?? [];
  debugging.early = null;
  for (const [made, error] of early) noteEarlyPlace(made, error);
}

/** A loop is in debug mode no more. With the last one nothing is left of it. */
export function endDebug(loop: HostLoop): void {
  forgetUnread(loop);
  forgetCancels(loop);
  if (!forgetLoop(loop) || debugging.hooks === null) return;
  debugging.hooks = null;
  unwatchSockets(loop);
  debugging.keepsStacks = false;
  endHotLazies();
  forgetOthers();
}

/** Loops of which it was told what their main has left behind. */
const ended = new WeakSet<HostLoop>();

/** The main of a loop in debug mode has ended well, and what is left will be cancelled. */
export function mainHasEnded(loop: HostLoop): void {
  ended.add(loop);
  reportLeaks(loop, "The main of run() has ended");
}

/** A loop in debug mode is about to close. */
export function loopCloses(loop: HostLoop): void {
  if (!ended.has(loop)) reportLeaks(loop, `${loop} is closed`);
  reportLazies(loop);
  reportUnowned(loop);
  endDebug(loop);
}
