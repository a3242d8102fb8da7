/**
 * What was chosen in a run, as a word.
 *
 * @module
 */

/** The choices of one run that differ from CPython's order: at which choice, and which of the tasks. */
export type Switches = ReadonlyMap<number, number>;

/** What is needed to run a program in the same way again. */
export interface Replay {
  readonly seed: number;
  readonly switches: Switches;
}

/** A seed, and after a colon where the order differs: `17:3=1,9=2`. */
export function formatReplay({ seed, switches }: Replay): string {
  const all = [...switches].sort(([one], [other]) => one - other).map(([at, index]) => `${at}=${index}`);
  return `${seed}:${all.join(",")}`;
}

/** The same from the word. */
export function parseReplay(word: unknown): Replay {
  const found = typeof word === "string" ? /^(-?\d+):((?:\d+=\d+(?:,\d+=\d+)*)?)$/.exec(word) : null;
  if (found === null) {
    throw new TypeError(
      `Cannot replay ${JSON.stringify(word)}: give what a failed explore() has printed, such as "17:3=1,9=2".`,
    );
  }
  const [, seed, all = ""] = found;
  const switches = new Map<number, number>();
  for (const one of all.split(",")) {
    const [at, index] = one.split("=");
    if (index !== undefined) switches.set(Number(at), Number(index));
  }
  return { seed: Number(seed), switches };
}

/** The switches among all choices of a run. */
export function switchesOf(choices: readonly number[]): Switches {
  const switches = new Map<number, number>();
  for (const [at, index] of choices.entries()) if (index > 0) switches.set(at, index);
  return switches;
}
