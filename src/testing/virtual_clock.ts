/**
 * A clock that tests hold in their hands.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import { runningLoop } from "../core/running.ts";
import { checkMilliseconds } from "./checks.ts";
import { Timeline } from "./timeline.ts";

/**
 * How a {@linkcode VirtualClock} is made.
 *
 * @category Virtual time
 */
export interface VirtualClockOptions {
  /** Where it starts, in milliseconds; 0 by default. */
  readonly start?: number | undefined;
  /** Whether it jumps to the next timer by itself when nothing is ready; false by default. */
  readonly autojump?: boolean | undefined;
}

const NAMES: OptionNames<VirtualClockOptions> = { start: true, autojump: "boolean" };

let timelineOf: (clock: VirtualClock) => Timeline;

/**
 * The clock of a virtual run, moved by hand: make it, pass it to {@linkcode runVirtual}, and say when time passes.
 *
 * @example Look at a program halfway
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { runVirtual, VirtualClock } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const seen: string[] = [];
 * const done = runVirtual(function* () {
 *   seen.push("begun");
 *   yield* sleep(1_000);
 *   seen.push("slept");
 * }, { clock });
 *
 * await clock.runUntilIdle();
 * assertEquals(seen, ["begun"]);
 * await clock.advance(999);
 * assertEquals(seen, ["begun"]);
 * await clock.advance(1);
 * assertEquals(seen, ["begun", "slept"]);
 * await done;
 * ```
 *
 * @category Virtual time
 */
export class VirtualClock {
  readonly #timeline: Timeline;

  static {
    timelineOf = (clock) => clock.#timeline;
  }

  /**
   * Makes a clock.
   *
   * @throws {TypeError} if the start is not a number, or an option is unknown
   * @throws {RangeError} if it is not finite
   */
  constructor(options: VirtualClockOptions = {}) {
    checkOptions(options, "new VirtualClock", NAMES);
    const { start = 0, autojump = false } = options;
    checkMilliseconds(start, "start", "make a VirtualClock");
    this.#timeline = new Timeline(start, autojump);
  }

  /** The time in milliseconds. */
  now(): number {
    return this.#timeline.now;
  }

  /**
   * Moves the clock by so many milliseconds. Each timer on the way is due at its own time, and what it wakes goes on as far as it can before
   * time passes. Resolves when the clock has arrived and nothing is ready.
   *
   * @throws {TypeError} if it is not a number
   * @throws {RangeError} if it is negative or not finite
   * @throws {RuntimeError} inside of a running loop, which would wait for itself
   */
  async advance(milliseconds: number): Promise<void> {
    checkMilliseconds(milliseconds, "time", "advance a VirtualClock by", 0);
    refuseInside("advance()");
    await this.#timeline.advance(milliseconds);
  }

  /**
   * Lets everything run that is ready, and what that makes ready, while the clock stands still.
   *
   * @throws {RuntimeError} inside of a running loop, which would wait for itself; {@linkcode waitUntilIdle} is for there
   */
  async runUntilIdle(): Promise<void> {
    refuseInside("runUntilIdle()");
    await this.#timeline.advance(0);
  }
}

/** The timeline of a clock. */
export { timelineOf };

function refuseInside(what: string): void {
  if (runningLoop() === null) return;
  throw new RuntimeError(
    `Cannot call ${what} of a VirtualClock inside a running event loop, which would wait for itself. ` +
      "Call it in the test, beside runVirtual(); inside, sleep() or waitUntilIdle() let others run.",
  );
}
