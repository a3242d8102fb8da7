/**
 * What the command lines of the benches refuse: a misspelt name would measure nothing, and nothing misses no goal.
 */

/** The number that an option gives. Throws a `TypeError` if it is none, or not more than zero. */
export function toNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new TypeError(`Cannot measure with ${option} "${text}": give a number above zero.`);
}

/** A number of rounds. Throws a `TypeError` if it is not whole and at least one. */
export function toRounds(text: string): number {
  const value = toNumber("--rounds", text);
  if (Number.isInteger(value)) return value;
  throw new TypeError(`Cannot measure ${text} rounds: give a whole number.`);
}

/** The words of an option, in lower case. Throws a `TypeError` if there is one that is not known. */
export function toNames(option: string, words: readonly string[], known: readonly string[]): string[] {
  const names = words.map((word) => word.toLowerCase());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new TypeError(`Cannot measure with ${option} "${unknown}": choose of ${known.join(", ")}.`);
}

/** The runtimes that `--runtime` names, with commas between them; none if it is not given. */
export function toRuntimes(text: string): string[] {
  return toNames("--runtime", text === "" ? [] : text.split(","), ["deno", "bun", "node"]);
}
