/**
 * Debug mode: what loops tell it while one of them is in it.
 *
 * @module
 */
import { debugging, type DebugHooks } from "../core/current.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { notePlace } from "./places.ts";

/** The loops in debug mode. */
const loops = new Set<HostLoop>();

const hooks: DebugHooks = {
  made: (made) => notePlace(made),
};

/** A loop is in debug mode from now on. Twice is as once. */
export function beginDebug(loop: HostLoop): void {
  loops.add(loop);
  debugging.hooks = hooks;
  const early = debugging.early ?? [];
  debugging.early = null;
  for (const [made, place] of early) notePlace(made, place);
}

/** A loop is in debug mode no more. With the last one nothing is left of it. */
export function endDebug(loop: HostLoop): void {
  loops.delete(loop);
  if (loops.size === 0) debugging.hooks = null;
}

/** A loop in debug mode is about to close. */
export function loopCloses(loop: HostLoop): void {
  endDebug(loop);
}
