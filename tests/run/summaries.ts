/** How each test runner says what it did, at the end of its output. */

import type { Tally } from "./tally.ts";

/** Reads the last summary of an output; `undefined` when there is none. */
export type Summary = (output: string) => Tally | undefined;

/** `FAILED | 27 passed (2 steps) | 1 failed | 1 ignored (24ms)` */
export const deno: Summary = (output) => {
  const last = [...output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm)].at(-1);
  return last && { passed: Number(last[1]), failed: Number(last[2]) };
};

/** ` 28 pass`, ` 1 fail` and, for files that could not be loaded (which `fail` counts too), ` 1 error`. */
export const bun: Summary = (output) => {
  const passed = number(output, /^ *(\d+) pass$/gm);
  const failed = number(output, /^ *(\d+) fail$/gm);
  return passed === undefined || failed === undefined ? undefined : { passed, failed };
};

/** `ℹ pass 29`, `ℹ fail 0`, `ℹ cancelled 0` */
export const node: Summary = (output) => {
  const passed = number(output, /^ℹ pass (\d+)$/gm);
  const failed = number(output, /^ℹ fail (\d+)$/gm);
  const cancelled = number(output, /^ℹ cancelled (\d+)$/gm) ?? 0;
  return passed === undefined || failed === undefined ? undefined : { passed, failed: failed + cancelled };
};

/** The number in the last line that matches. */
function number(output: string, pattern: RegExp): number | undefined {
  const last = [...output.matchAll(pattern)].at(-1);
  return last && Number(last[1]);
}
