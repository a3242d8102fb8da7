/**
 * A loop with deadlines that pass only while the machine goes on.
 *
 * @module
 */

import { EventLoop } from "../mod.ts";

/** No more milliseconds pass at once, however long the machine stood still: what has come meanwhile gets its turn before a deadline passes. */
const AT_ONCE = 100;

/** So long are the host's timers: the clock is right also where a busy machine calls back late. */
const STEP = 50;

/** What has to be forgotten: the timer of the host that is armed just now. */
interface SteadyTimer {
  armed: unknown;
}

/**
 * A loop whose clock stands still while the machine, or the process, does. A deadline of 500 milliseconds is some steps of time, each of which lets
 * sockets and other timers go on; on the host's clock it may be over when nothing was given the time to come.
 */
export function steadyLoop(): EventLoop {
  using known = new EventLoop();
  const { adapter } = known;
  let [time, seen] = [0, adapter.now()];
  const now = (): number => {
    const host = adapter.now();
    time += Math.min(host - seen, AT_ONCE);
    seen = host;
    return time;
  };
  return new EventLoop({
    adapter: {
      ...adapter,
      now,
      setTimer(delay, callback) {
        const timer: SteadyTimer = { armed: null };
        const due = now() + delay;
        // The loop is not woken for a step of time: it has to hear of everything else without that.
        const step = (): void => {
          const left = due - now();
          if (left <= 0) callback();
          else timer.armed = adapter.setTimer(Math.min(left, STEP), step);
        };
        timer.armed = adapter.setTimer(Math.min(delay, STEP), step);
        return timer;
      },
      clearTimer: (timer) => adapter.clearTimer((timer as SteadyTimer).armed),
    },
  });
}
