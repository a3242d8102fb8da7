/**
 * The other loops of a thread, whose tasks may wake those of a loop.
 *
 * @module
 */
import { runningLoops } from "../core/current.ts";
import { parkedIn, unfinishedTasks } from "../core/internal.ts";
import { keepsAlive, queuedIn } from "../core/lazy_internal.ts";
import { HostLoop } from "../loop/host_loop.ts";
import { isOutstanding } from "./outstanding.ts";

/** The loops that run beside one. */
export class OtherLoops {
  readonly #loop: HostLoop;
  /** The turns that they were parked in at the last look. */
  #turns = new Map<unknown, number>();

  constructor(loop: HostLoop) {
    this.#loop = loop;
  }

  /** Whether none of them has turned since the last look, and nothing of this module will wake one. */
  areIdle(): boolean {
    return this.#all().every((other) => parkedIn(other)?.turn === this.#turns.get(other) && isIdle(other));
  }

  /** The same, and looks: the next time it is about what comes from here on. */
  look(): boolean {
    const areIdle = this.areIdle();
    this.#turns = new Map(this.#all().map((other) => [other, parkedIn(other)?.turn ?? -1]));
    return areIdle;
  }

  /** Whether they keep the process from ending. */
  keepAlive(keeps: boolean): void {
    for (const other of this.#all()) keepsAlive(other, keeps);
  }

  #all(): HostLoop[] {
    return (runningLoops() as unknown[] as HostLoop[]).filter((other) => other !== this.#loop);
  }
}

function isIdle(loop: HostLoop): boolean {
  const parked = parkedIn(loop);
  // One without a host, or on a simulated one, is not looked into.
  if (parked === null || !(loop instanceof HostLoop) || loop.adapter.parked !== undefined) return false;
  return parked.until === Infinity && queuedIn(loop).timers === 0 && !isOutstanding(loop, unfinishedTasks(loop));
}
