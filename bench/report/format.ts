/**
 * Figures as text.
 *
 * @module
 */
import type { Spread } from "../alternate.ts";

const whole = (value: number) => Math.round(value).toLocaleString("en");
const short = (value: number) => value < 100 ? value.toFixed(1) : whole(value);

/** `24.1 ns`, `2,300 ns`. */
export const nanoseconds = (value: number): string => `${short(value)} ns`;
/** `411 B`. */
export const bytes = (value: number): string => `${whole(value)} B`;
/** `4.2 ms`. */
export const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;
/** `0.97`. */
export const ratio = (value: number): string => value.toFixed(2);
/** `31 times`. */
export const times = (value: number): string =>
  `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : whole(value)} times`;
/** `81,400`. */
export const count = (value: number): string => whole(value);

/** `24.1 ns (23.8 to 24.9)`: the median, and where the middle half lies. */
export function range({ median, low, high }: Spread, format: (value: number) => string): string {
  const [bare, unit = ""] = format(median).split(/(?= )/);
  const strip = (value: number) => format(value).split(" ")[0];
  return `${bare}${unit} (${strip(low)} to ${strip(high)})`;
}

/** A table of Markdown; the first column is text, the others are figures unless `text` names them. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((name, i) => i === 0 || text.includes(name) ? "---" : "---:");
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
