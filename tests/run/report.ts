/**
 * The reports of the test runners, all in the form that JUnit has made common.
 *
 * @module
 */
import type { Tally } from "./tally.ts";

/** The beginning of a test: only what is between quotes may have a `>` in it. The last group says that it has nothing inside. */
const TEST = /<testcase\b(?:[^>"']|"[^"]*"|'[^']*')*?(\/?)>/g;
const END = "</testcase>";
const ENTITIES: Readonly<Record<string, string>> = { gt: ">", lt: "<", quot: '"', apos: "'", amp: "&" };

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

/** The tests that took longest, of those that took so many seconds, as lines: how long and which. */
export function slowestTests(text: string, count: number, least: number): string[] {
  const times: [seconds: number, name: string][] = [];
  for (const [tag] of text.matchAll(TEST)) {
    const seconds = Number(attributes(tag).time ?? "");
    if (seconds >= least) times.push([seconds, nameOf(tag)]);
  }
  times.sort(([one], [other]) => other - one);
  return times.slice(0, count).map(([seconds, name]) => `${seconds.toFixed(1)} s  ${name}`);
}

/** The tests that failed, each with so many lines of how it did, even of a report that is not whole. */
export function failedTests(text: string, lines: number): string[] {
  const failed: string[] = [];
  for (const { 0: tag, 1: empty, index } of text.matchAll(TEST)) {
    const start = index + tag.length;
    const inside = empty === "/" ? "" : text.slice(start, text.indexOf(END, start));
    const failure = /<(?:failure|error)\b((?:[^>"']|"[^"]*"|'[^']*')*)>([^]*)/.exec(inside);
    if (!failure) continue;
    // Some runners say it in the element, some in its attribute, and some in both.
    const how = unescape(failure[2]!.replace(/<\/?\w[^]*$/, "")).trim() || attributes(failure[1]!).message || "";
    failed.push([nameOf(tag), ...how.split("\n").slice(0, lines).map((line) => `  ${line}`)].join("\n"));
  }
  return failed;
}

function nameOf(tag: string): string {
  const { name = "", classname = "" } = attributes(tag);
  // Deno has the groups in the name and a file in the class, the others have the groups there.
  const isWhole = name.includes(" ... ") || classname === "" || classname === "test";
  return isWhole ? name : `${classname}: ${name}`;
}

function attributes(tag: string): Record<string, string> {
  return Object.fromEntries([...tag.matchAll(/(\w+)=(?:"([^"]*)"|'([^']*)')/g)].map(([, name, one, other]) => {
    // Node writes the names of groups as entities twice.
    return [name!, unescape(unescape(one ?? other ?? ""))];
  }));
}

function unescape(text: string): string {
  return text.replace(/&(?:(gt|lt|quot|apos|amp)|#(\d+));/g, (_, entity, code) => {
    return entity ? ENTITIES[entity]! : String.fromCodePoint(Number(code));
  });
}
