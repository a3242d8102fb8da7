/**
 * Redis's patterns: `*`, `?`, `[a-z]`, `[^a]`, and a backslash before what is meant as it is.
 *
 * They are matched by hand, since every text is a pattern: `[z-a]` and `[a` as well, of which an engine makes an error. And a regular
 * expression would try all ways to share a key among many stars, and for that stop the server for hours.
 *
 * @module
 */

/** One character, or any number of any. */
type Part = "*" | ((character: string) => boolean);

const ANY = (): boolean => true;

/** Makes what tells whether a whole text matches. */
export function toMatcher(pattern: string): (text: string) => boolean {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at++] as string;
    if (character === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (character === "?") {
      parts.push(ANY);
    } else if (character === "[") {
      const [part, end] = toSet(pattern, at);
      parts.push(part);
      at = end;
    } else {
      const wanted = character === "\\" && at < pattern.length ? pattern[at++] : character;
      parts.push((character) => character === wanted);
    }
  }
  return (text) => matches(parts, text);
}

/** What stands in brackets, and where it ends: at the end of the pattern, if nothing closes it. */
function toSet(pattern: string, at: number): [part: Part, end: number] {
  const not = pattern[at] === "^";
  if (not) at++;
  const ranges: [first: string, last: string][] = [];
  while (at < pattern.length && pattern[at] !== "]") {
    if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
    else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [one, other] = [pattern[at] as string, pattern[at + 2] as string];
      ranges.push(one < other ? [one, other] : [other, one]);
      at += 3;
      continue;
    }
    const character = pattern[at++] as string;
    ranges.push([character, character]);
  }
  const part = (character: string) => ranges.some(([first, last]) => character >= first && character <= last) !== not;
  return [part, at + 1];
}

/** Of several stars only the last one passed may have to take more: what stands before it was found as early as can be. */
function matches(parts: readonly Part[], text: string): boolean {
  let part = 0;
  let star = -1;
  let resume = 0;
  for (let at = 0; at < text.length;) {
    const wanted = parts[part];
    if (wanted === "*") {
      star = part++;
      resume = at;
    } else if (wanted?.(text[at] as string)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  if (parts[part] === "*") part++;
  return part === parts.length;
}
