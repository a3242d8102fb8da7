/**
 * The reports of the test runners, all in the form that JUnit has made common.
 *
 * @module
 */
import type { Tally } from "./tally.ts";

/** The beginning of a test: only what is between quotes may have a `>` in it. The last group says that it has nothing inside. */
const TEST = /<testcase\b(?:[^>"']|"[^"]*"|'[^']*')*?(\/?)>/g;
const END = "</testcase>";

/** Counts the tests of a report; undefined for one that is not whole, or none at all. A test that was left out is neither. */
export function readReport(text: string): Tally | undefined {
  if (!text.includes("<testsuites") || !text.trimEnd().endsWith("</testsuites>")) return undefined;
  let passed = 0;
  let failed = 0;
  for (const { 0: { length }, 1: empty, index } of text.matchAll(TEST)) {
    const start = index + length;
    const inside = empty === "/" ? "" : text.slice(start, text.indexOf(END, start));
    if (/<(?:failure|error)\b/.test(inside)) failed++;
    else if (!/<skipped\b/.test(inside)) passed++;
  }
  return { passed, failed };
}
