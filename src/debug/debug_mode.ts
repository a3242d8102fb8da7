/**
 * Debug mode: what loops tell it while one of them is in it.
 *
 * @module
 */
import { debugging, type DebugHooks } from "../core/current.ts";
import { Task } from "../core/task.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { beginHotLazies, endHotLazies, replaceHotMethods } from "./hot_lazies.ts";
import { lazyPlace, noteLazy, ownLazy, reportLazies, watchYoung } from "./lazies.ts";
import { lineOf, noteEarlyPlace, notePlace } from "./places.ts";
import { takeCoroutineOf } from "./reused_coroutines.ts";

/** The loops in debug mode. */
const loops = new Set<HostLoop>();

const hooks: DebugHooks = {
  made(made, place) {
    if (place !== undefined) return noteEarlyPlace(made, place);
    notePlace(made);
    if (made instanceof Task) {
      takeCoroutineOf(made);
      ownLazy(made.getCoro());
    }
  },
  lazyMade: noteLazy,
  hotMethods: replaceHotMethods,
  batchEnded: watchYoung,
  madeAt: (made) => lineOf(lazyPlace(made)),
};

/** A loop is in debug mode from now on. Twice is as once. */
export function beginDebug(loop: HostLoop): void {
  loops.add(loop);
  if (debugging.hooks !== null) return;
  debugging.hooks = hooks;
  beginHotLazies();
  const early = debugging.early ?? [];
  debugging.early = null;
  for (const [made, error] of early) noteEarlyPlace(made, error);
}

/** A loop is in debug mode no more. With the last one nothing is left of it. */
export function endDebug(loop: HostLoop): void {
  loops.delete(loop);
  if (loops.size > 0 || debugging.hooks === null) return;
  debugging.hooks = null;
  endHotLazies();
}

/** A loop in debug mode is about to close. */
export function loopCloses(loop: HostLoop): void {
  reportLazies(loop);
  endDebug(loop);
}
