/**
 * Figures as text.
 */
import type { Spread } from "./alternate.ts";

const whole = (value: number) => Math.round(value).toLocaleString("en");
const short = (value: number) => value < 100 ? value.toFixed(1) : whole(value);

/** How the units of figures are written. */
export const FORMATS = {
  /** `24.1 ns`, `2,300 ns`. */
  ns: (value: number) => `${short(value)} ns`,
  /** `24.1 µs`. */
  µs: (value: number) => `${value.toFixed(1)} µs`,
  /** `4.20 ms`. */
  ms: (value: number) => `${value.toFixed(2)} ms`,
  /** `0.97 s`; of milliseconds. */
  s: (value: number) => `${(value / 1_000).toFixed(2)} s`,
  /** `411 B`. */
  B: (value: number) => `${whole(value)} B`,
  /** `18.2 KB`; of bytes. */
  KB: (value: number) => `${(value / 1024).toFixed(1)} KB`,
  /** `520 MB`; of bytes. */
  MB: (value: number) => `${whole(value / 1e6)} MB`,
  /** `0.97`. */
  ratio: (value: number) => value.toFixed(2),
  /** `31 times`. */
  times: (value: number) => `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : whole(value)} times`,
  /** `81,400`. */
  count: whole,
  /** `97 %`; of a part of one. */
  percent: (value: number) => Number.isNaN(value) ? "?" : `${whole(value * 100)} %`,
} as const;

/** A unit of figures. */
export type Unit = keyof typeof FORMATS;

/** The same, and nothing of a figure that is not known. */
export function known(value: number | undefined, unit: Unit): string {
  return value === undefined ? "" : FORMATS[unit](value);
}

/** `24.1 ns (23.8 to 24.9)`: the median, and where the middle half lies if it is not there alone. */
export function range({ median, low, high }: Spread, unit: Unit): string {
  if (low === high) return FORMATS[unit](median);
  const strip = (value: number) => FORMATS[unit](value).split(" ")[0];
  return `${FORMATS[unit](median)} (${strip(low)} to ${strip(high)})`;
}
