/**
 * The fewest switches that a failure needs.
 *
 * @module
 */
import type { Switches } from "./replay.ts";

/** No more than so many runs are made for it. */
const MOST_RUNS = 500;

type Entry = readonly [at: number, index: number];

/**
 * Leaves out switches, many at once and then fewer, for as long as what is left still fails; then looks whether one does for two, and lowers
 * what is left.
 *
 * @param counts how many tasks there were to choose from at each place
 * @param fails whether a run with these switches fails in the same way
 */
export async function shrinkSwitches(
  all: Switches,
  counts: readonly number[],
  fails: (switches: Switches) => Promise<boolean>,
): Promise<Switches> {
  let runs = 0;
  const tryIt = async (entries: readonly Entry[]): Promise<boolean> =>
    ++runs <= MOST_RUNS && await fails(new Map(entries));
  if (all.size === 0 || await tryIt([])) return new Map();
  let kept = await leaveOut([...all], tryIt);
  for (let fewer = await merge(kept, counts, tryIt); fewer !== null; fewer = await merge(kept, counts, tryIt)) {
    kept = await leaveOut(fewer, tryIt);
  }
  return new Map(await lower(kept, tryIt));
}

type Try = (entries: readonly Entry[]) => Promise<boolean>;

async function leaveOut(all: Entry[], tryIt: Try): Promise<Entry[]> {
  let kept = all;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length;) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (await tryIt(without)) kept = without;
      else from += size;
    }
  }
  return kept;
}

/** One switch less, where another one goes further; null if there is none. */
async function merge(kept: readonly Entry[], counts: readonly number[], tryIt: Try): Promise<Entry[] | null> {
  for (let out = kept.length - 1; out >= 0 && kept.length > 1; out--) {
    const without = kept.filter((_, i) => i !== out);
    for (const [i, [at, index]] of without.entries()) {
      for (let other = (counts[at] ?? 0) - 1; other > 0; other--) {
        if (other === index) continue;
        const changed = without.with(i, [at, other]);
        if (await tryIt(changed)) return changed;
      }
    }
  }
  return null;
}

async function lower(all: readonly Entry[], tryIt: Try): Promise<readonly Entry[]> {
  let kept = all;
  for (const [i, [at, index]] of all.entries()) {
    for (let lower = 1; lower < index; lower++) {
      const lowered = kept.with(i, [at, lower]);
      if (!(await tryIt(lowered))) continue;
      kept = lowered;
      break;
    }
  }
  return kept;
}
