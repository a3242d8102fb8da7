/**
 * What Bun knows of its own idleness.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { IdleHost } from "../idle.ts";
import { beforeExit, othersHearSignals } from "../shared/idle.ts";
import { now, setImmediate, setTimeout, unrefTimer } from "../shared/timers.ts";

const { Bun, process } = globalThis as unknown as {
  readonly Bun: { readonly isMainThread: boolean };
  readonly process: { threadCpuUsage(): { readonly user: number; readonly system: number } };
};

/** Milliseconds of a sample of what the thread does. */
const SAMPLE = 50;
/** Of a thread that waits for something it is less than a hundredth. */
const SPINNING = 0.1;

function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Bun, which tells exactly where no module awaits at its top level, and has no list of what is outstanding. */
export const bunIdle: IdleHost = {
  tells: Bun.isMainThread ? "unless awaited" : "never",
  whenNothingLeft: beforeExit,
  othersHearSignals,
  // Where a module awaits at its top level and nothing is left, Bun turns its loop without a rest.
  isBusy() {
    return new Promise((resolve) => {
      const stop = beforeExit(() => {
        stop();
        setImmediate(() => resolve(false));
      });
      const [before, began] = [cpuTime(), now()];
      unrefTimer(setTimeout(() => {
        stop();
        resolve((cpuTime() - before) / (now() - began) < SPINNING ? true : null);
      }, SAMPLE));
    });
  },
};
