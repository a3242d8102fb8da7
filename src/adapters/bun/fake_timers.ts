/**
 * What is said under the fake timers of `bun:test`.
 *
 * @module
 */
import "../../loop/one_part.ts";

/** They stop every timer and clock, those that are remembered too, and the loop would stand still without a word. */
export function warnOfFakeTimers(): void {
  console.warn(
    "The event loop waits for a timer while the fake timers of bun:test are on (useFakeTimers()): it stands still until the test moves them. " +
      "Call useRealTimers(), or run the program on virtual time, by runVirtual(main, { fakeGlobals: true }) of @loop/asyncio/testing.",
  );
}
