/**
 * Loops that nobody has closed when the process ends.
 *
 * @module
 */
import type { HostLoop } from "../loop/host_loop.ts";
import { lineOf, noteRarePlace, placeOf } from "./places.ts";

/** The loops in debug mode that are open. */
const open = new Set<HostLoop>();
/** Takes the callback at the end of the process back; null if there is none. */
let forget: (() => void) | null = null;

/** A loop is in debug mode. */
export function noteLoop(loop: HostLoop): void {
  open.add(loop);
  if (placeOf(loop) === undefined) noteRarePlace(loop);
  forget ??= loop.adapter.atExit?.(reportOpen) ?? null;
}

/** It has closed, or is in debug mode no more. Returns whether it was the last one. */
export function forgetLoop(loop: HostLoop): boolean {
  open.delete(loop);
  if (open.size > 0) return false;
  forget?.();
  forget = null;
  return true;
}

function reportOpen(): void {
  for (const loop of open) {
    // One that runs is in the middle of something: whoever has ended the process knows.
    if (loop.isRunning()) continue;
    loop.logger.warn(
      `${loop} was not closed. Call close() of it or of its Runner, or write using before it.${lineOf(placeOf(loop))}`,
    );
  }
}
