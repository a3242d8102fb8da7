/**
 * Text of a program, made fit to be shown.
 *
 * @module
 */

/** What would move the cursor, change the direction of the text or hide itself. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text with control characters written out, as in `\u{1b}`: a name that a program chose must not command the terminal that shows it. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (character) => SHORT[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** So many characters of a name are shown: the name of a task may be anything, and stands in many lines. */
const LONGEST = 200;

/** A name as it stands in a line. */
export function shownName(name: string): string {
  return printable(cutName(name));
}

/** As much of a name as is shown of it, as it is. */
export function cutName(name: string): string {
  if (name.length <= LONGEST) return name;
  // Half of a pair of surrogates is no character.
  return `${name.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
