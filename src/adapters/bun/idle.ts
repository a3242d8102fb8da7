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

/** A sample of what the thread does: so many waits of so many milliseconds. On a busy machine one wait may be over before the thread has turned once. */
const WAITS = 5;
const WAIT = 10;
/** Of a thread that turns without a rest it is more than a tenth, of one that waits for something less than a hundredth. */
const SPINNING = 0.1;
const WAITING = 0.01;
/** So many samples are taken where it is in between, as of a thread that turns and seldom gets the processor. */
const MOST_SAMPLES = 20;

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
      let isOver = false;
      const stop = beforeExit(() => {
        end();
        setImmediate(() => resolve(false));
      });
      const end = (): void => {
        isOver = true;
        stop();
      };
      const sample = (number: number): void => {
        const [before, began] = [cpuTime(), now()];
        wait(WAITS, () => {
          if (isOver) return;
          const share = (cpuTime() - before) / (now() - began);
          if (share > WAITING && share < SPINNING && number < MOST_SAMPLES) return sample(number + 1);
          end();
          resolve(share < SPINNING ? true : null);
        });
      };
      sample(1);
    });
  },
};

/** Calls back after so many waits that keep nothing alive. */
function wait(times: number, callback: () => void): void {
  unrefTimer(setTimeout(() => times > 1 ? wait(times - 1, callback) : callback(), WAIT));
}
