import { readReport } from "./report.ts";
import type { Tally } from "./tally.ts";

/** A runner that says nothing for so long, in milliseconds, is stuck. */
const SILENCE = 5 * 60_000;

/** Makes the command of a test runner that is to write its report into this file. */
export type SuiteCommand = (report: string) => readonly string[];

/** Runs one test runner, passes its output on, and counts by the report that it writes. */
export async function runSuite(name: string, command: SuiteCommand, env: Record<string, string>): Promise<Tally> {
  console.log(`\n== ${name}`);
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const [program, ...args] = command(report);
  const child = new Deno.Command(program!, {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stuck = new AbortController();
  const watchdog = setTimeout(() => {
    child.kill("SIGKILL");
    // What the runner started may live on and hold the ends of its pipes.
    stuck.abort();
  }, SILENCE);
  const heard = () => watchdog.refresh();
  const [, , { success }] = await Promise.all([
    pass(child.stdout, Deno.stdout, heard, stuck.signal),
    pass(child.stderr, Deno.stderr, heard, stuck.signal),
    child.status,
  ]);
  clearTimeout(watchdog);
  const tally = readReport(await Deno.readTextFile(report).catch(() => ""));
  await Deno.remove(report).catch(() => {});
  return judge(name, tally, success, stuck.signal.aborted);
}

/** What a runner's report and exit status come to. Whatever is doubtful counts as a failure. */
export function judge(name: string, tally: Tally | undefined, success: boolean, stuck = false): Tally {
  const complain = (what: string) => console.error(`${name}: ${what}, which counts as a failure.`);
  if (stuck) complain("the runner fell silent and was ended");
  else if (!tally) complain("the runner ended without a report");
  else if (tally.passed + tally.failed === 0) complain("no test ran");
  else if (tally.failed === 0 && !success) complain("the runner failed although its tests passed");
  else return tally;
  return { passed: tally?.passed ?? 0, failed: (tally?.failed ?? 0) + 1 };
}

/** Copies a stream to another one, until it ends or the signal aborts. */
async function pass(
  from: ReadableStream<Uint8Array>,
  to: { writeSync(data: Uint8Array): number },
  heard: () => void,
  signal: AbortSignal,
): Promise<void> {
  const write = (chunk: Uint8Array) => {
    heard();
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(to.writeSync(rest));
  };
  try {
    await from.pipeTo(new WritableStream({ write }), { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
