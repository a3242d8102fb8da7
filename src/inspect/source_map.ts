/**
 * Where code stands in the file that somebody wrote.
 *
 * @module
 */

/** The place of a piece of code, counted from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Of the six bits of a digit, the one that says that another follows. */
const GOES_ON = 32;

/** The position in the source of a position in what was made of it; null if the map is none, or does not know. */
export function originalPosition(mapUrl: string, { line, column }: Position): Position | null {
  const [, base64] = /^data:application\/json[^,]*;base64,(.*)$/s.exec(mapUrl) ?? [];
  if (base64 === undefined) return null;
  let mappings: unknown;
  try {
    ({ mappings } = JSON.parse(atob(base64)) as { mappings?: unknown });
  } catch {
    return null;
  }
  if (typeof mappings !== "string") return null;
  let [originalLine, originalColumn] = [0, 0];
  let found: Position | null = null;
  for (const [index, segments] of mappings.split(";").entries()) {
    if (index > line) break;
    let made = 0;
    for (const segment of segments.split(",")) {
      const [step = 0, source, lines = 0, columns = 0] = numbersOf(segment);
      made += step;
      if (source === undefined) continue;
      originalLine += lines;
      originalColumn += columns;
      if (index === line && made <= column) found = { line: originalLine, column: originalColumn };
    }
  }
  return found;
}

/** The numbers of a segment: digits of five bits, the least first, and the sign in the lowest bit. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & (GOES_ON - 1)) << shift;
    shift += 5;
    if ((bits & GOES_ON) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    [value, shift] = [0, 0];
  }
  return numbers;
}
