/**
 * What is to be closed, and belongs to no loop, such as pools of threads.
 *
 * @module
 */
import { runningLoop } from "../core/running.ts";
import { HostLoop } from "../loop/host_loop.ts";
import { noteRarePlace } from "./places.ts";

/** What was made while each loop ran, and what to do if it is open; null once that is closed. */
const opened = new WeakMap<HostLoop, Map<object, () => string | null>>();

/** How many are kept at least before those are forgotten that are closed; and how many now, of which most may not be. */
const MANY = 100;
let most = MANY;

/** Something was made. What is made outside of loops may well outlive them. */
export function noteUnowned(made: object, whatToDo: () => string | null): void {
  const loop = runningLoop();
  if (!(loop instanceof HostLoop) || !loop.getDebug()) return;
  noteRarePlace(made);
  let all = opened.get(loop);
  if (all === undefined) opened.set(loop, all = new Map());
  all.set(made, whatToDo);
  if (all.size < most) return;
  for (const [one, isOpen] of all) if (isOpen() === null) all.delete(one);
  most = Math.max(MANY, 2 * all.size);
}

/** The loop closes: tells what is open still. */
export function reportUnowned(loop: HostLoop): void {
  for (const [made, whatToDo] of opened.get(loop) ?? []) {
    const advice = whatToDo();
    if (advice !== null) loop.wasLeft(made, advice);
  }
  opened.delete(loop);
}
