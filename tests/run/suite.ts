import { type CommandResult, runCommand } from "./command.ts";
import { failedTests, readReport, slowestTests } from "./report.ts";
import { type Show, shown } from "./show.ts";
import type { Tally } from "./tally.ts";

/** A runner that says nothing for so long, in milliseconds, is stuck. No test takes more than two minutes. */
const SILENCE = 5 * 60_000;

/** So long, in milliseconds, before the time of everything is over a runner is ended, so that this can still be told. */
const RESERVE = 15_000;

/** So many lines of how a test failed are told again when everything is over. */
const LINES = 16;

/** Makes the command of a test runner that is to write its report into this file. */
export type SuiteCommand = (report: string) => readonly string[];

/** Runs one test runner, passes its output on, and counts by the report that it writes. */
export async function runSuite(
  name: string,
  command: SuiteCommand,
  env: Record<string, string>,
  show: Show = shown,
): Promise<Tally> {
  show.line(`\n== ${name}`);
  const start = performance.now();
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const result = await runCommand(command(report), { env, show, silence: SILENCE, reserve: RESERVE });
  const text = await Deno.readTextFile(report).catch(() => "");
  await Deno.remove(report).catch(() => {});
  const slowest = slowestTests(text, 20, 1);
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  show.line(`${name} took ${seconds} s.${slowest.length > 0 ? " The slowest tests:" : ""}`);
  for (const line of slowest) show.line(`  ${line}`);
  const tally = judge(name, readReport(text), result, show);
  const failures = [...failedTests(text, LINES).map((test) => `${name}: ${test}`), ...tally.failures ?? []];
  return failures.length > 0 ? { ...tally, failures } : tally;
}

/** What a runner's report and its end come to. Whatever is doubtful counts as a failure, and says what the runner has written last. */
export function judge(name: string, tally: Tally | undefined, result: CommandResult, show: Show = shown): Tally {
  const { success, end, ended } = result;
  let complaint = "";
  const complain = (what: string) => show.line(complaint = `${name}: ${what}, which counts as a failure.`);
  if (ended !== null) complain(`the runner was ended, since ${ended}`);
  else if (!tally) complain(`the runner ended without a report, with ${end}`);
  else if (tally.passed + tally.failed === 0) complain("no test ran");
  else if (tally.failed === 0 && !success) complain(`the runner ended with ${end} although its tests passed`);
  else return tally;
  const said = [...lastLines("standard error", result.errors), ...lastLines("standard output", result.output)];
  return { passed: tally?.passed ?? 0, failed: (tally?.failed ?? 0) + 1, failures: [[complaint, ...said].join("\n")] };
}

/** The end of what was written there, which tells which test ran, and what a runtime that crashes says. */
function lastLines(where: string, text: string): string[] {
  const lines = text.trimEnd().split("\n").slice(-LINES);
  return text.trim() === "" ? [] : [`  The last of its ${where}:`, ...lines.map((line) => `    ${line}`)];
}
