import { timeLeft } from "./command.ts";
import type { Show } from "./show.ts";
import { add, nothing, type Tally } from "./tally.ts";

/** There is time for everything, in milliseconds. */
export const HOUR = 3_600_000;

/** So many parts something is run in where there is not. Half of them have to run. */
const PARTS = 8;

/** So many milliseconds more than a part takes there have to be before the time of everything is over. */
const SPARE = 30_000;

/** What was left out, a line each. */
export const leftOut: string[] = [];

/**
 * Runs what comes last. Where the time of everything is limited that is in some parts, as long as there is time for one more: a slow machine leaves
 * some of it out, and says so; more than half is a failure.
 *
 * @param time how many milliseconds are left
 */
export async function inParts(
  name: string,
  all: readonly string[],
  show: Show,
  run: (part: readonly string[]) => Promise<Tally>,
  time: () => number = timeLeft,
): Promise<Tally> {
  const size = time() > HOUR ? all.length : Math.ceil(all.length / PARTS);
  let [total, longest] = [nothing, 0];
  for (let at = 0; at < all.length; at += size) {
    const left = time();
    if (left < SPARE + 1.5 * longest) {
      const what = `${name}: there was no time for ${all.length - at} of ${all.length}`;
      show.line(`\n${what}.`);
      leftOut.push(`${what}: ${all.slice(at).join(" ")}`);
      if (at * 2 >= all.length) return total;
      return add(total, { passed: 0, failed: 1, failures: [`${what}, which counts as a failure.`] });
    }
    total = add(total, await run(all.slice(at, at + size)));
    longest = Math.max(longest, left - time());
  }
  return total;
}
