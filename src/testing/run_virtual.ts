/**
 * Programs on virtual time.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import { describeKind } from "../core/repr.ts";
import { checkFlag, checkOptionNames } from "./checks.ts";
import { VirtualClock } from "./virtual_clock.ts";
import {
  checkVirtualOptions,
  runOnVirtualTime,
  timelineFor,
  VIRTUAL_OPTIONS,
  type VirtualOptions,
} from "./virtual_run.ts";

/**
 * The options of {@linkcode runVirtual}.
 *
 * @category Virtual time
 */
export interface RunVirtualOptions extends VirtualOptions {
  /**
   * Whether the clock jumps to the next timer when nothing is ready; true by default. Otherwise time passes when `clock` is moved, and a
   * deadlock cannot be told from a program that waits for the test.
   */
  readonly autojump?: boolean | undefined;
  /** A clock to move by hand, in place of `start` and `autojump`. */
  readonly clock?: VirtualClock | undefined;
}

/**
 * Runs a program as `run()` does, on a clock that jumps to the next timer whenever nothing is ready: an hour of the program takes a
 * millisecond, and it always runs the same way.
 *
 * There is no world around it. What asks for sockets, processes, threads or signals gets a {@linkcode NotSupportedError}, and so does a
 * program in which nothing is ready and no timer is left, while a promise of the host is still pending after a macrotask. `allowHost: true`
 * allows both. Where every task waits for another one, the run ends at once with a {@linkcode DeadlockError} that says what each waits for.
 * In either case the tasks are cancelled and clean up.
 *
 * @param main a coroutine, a lazy awaitable, or a generator or async function
 * @returns the result of main
 * @throws {RuntimeError} inside of a running loop; if the program goes beyond `maxTime` or `maxSteps`; under the fake timers of Bun's test runner
 * @throws {DeadlockError} if every task waits for another one
 * @throws {NotSupportedError} if the program waits for the host, and `allowHost` is not set
 * @throws {TypeError} if main is nothing to run, or an option is unknown or of the wrong type
 * @throws {RangeError} if a number is out of range
 *
 * @example An hour in an instant
 * ```ts
 * import { getRunningLoop, sleep } from "@loop/asyncio";
 * import { runVirtual } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const time = await runVirtual(async () => {
 *   await sleep(3_600_000);
 *   return getRunningLoop().time();
 * });
 * assertEquals(time, 3_600_000);
 * ```
 *
 * @example Code that knows nothing of this module
 * ```ts
 * import { runVirtual } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const day = await runVirtual(async () => {
 *   await new Promise((resolve) => setTimeout(resolve, 86_400_000));
 *   return new Date().toISOString();
 * }, { fakeGlobals: true, start: Date.UTC(2026, 0, 1) });
 * assertEquals(day, "2026-01-02T00:00:00.000Z");
 * ```
 *
 * @category Virtual time
 */
export async function runVirtual<T>(main: TaskSource<T>, options: RunVirtualOptions = {}): Promise<T> {
  checkOptionNames(options, [...VIRTUAL_OPTIONS, "autojump", "clock"], "runVirtual()");
  checkVirtualOptions(options, "runVirtual()");
  const { clock, start, autojump } = options;
  checkFlag(autojump, "autojump", "runVirtual()");
  if (clock !== undefined) {
    if (!(clock instanceof VirtualClock)) {
      throw new TypeError(`Cannot run on ${describeKind(clock)} as the clock: make one with new VirtualClock().`);
    }
    if (start !== undefined || autojump !== undefined) {
      throw new TypeError(
        "Cannot call runVirtual() with a clock and with start or autojump: give those to new VirtualClock().",
      );
    }
  }
  const timeline = timelineFor(clock, start, autojump);
  return await runOnVirtualTime(main, options, { where: "runVirtual()", timeline });
}
