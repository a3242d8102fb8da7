/**
 * The one command that runs every test: Deno's suite, in two parts beside each other, the examples in the documentation, and beside those the
 * portable suites on Node and on Bun. Its last line is `N passed, N failed`.
 *
 * Words after the command leave out every test file whose path has none of them, and the documentation:
 * `deno task test queue sync/`.
 *
 * @module
 */

import { chooseConfig } from "./run/config.ts";
import { timeLeft } from "./run/command.ts";
import { HOUR, inParts, leftOut } from "./run/in_parts.ts";
import { add, FAILURES, nothing, type Tally } from "./run/tally.ts";
import { documentation, hasTimeOn, portable, testFiles, waiting } from "./run/files.ts";
import { installPackages } from "./run/packages.ts";
import { findBun, findNode } from "./run/runtimes.ts";
import { Kept, type Show, shown } from "./run/show.ts";
import { runSuite } from "./run/suite.ts";

/** What the tests may do. Sockets in the file system are allowed only by the whole of `--allow-net`; the selector calls the C library. */
const PERMISSIONS = ["net", "read", "write", "run", "env", "sys", "ffi"].map((name) => `--allow-${name}`);

const config = await chooseConfig();
const files = await testFiles(Deno.args);
const shared = files.filter(portable);

const env = { LOOP_ASYNCIO_PACKAGES: await installPackages() };
const register = "./tests/std/register.mjs";

const deno = (
  report: string,
) => [Deno.execPath(), "test", "--config", config, `--junit-path=${report}`, ...PERMISSIONS];

async function onDeno(name: string, files: readonly string[], show: Show): Promise<Tally> {
  if (files.length === 0) return nothing;
  // `deno task check` looks at the types of all files, once for all runtimes.
  return await runSuite(name, (report) => [...deno(report), "--no-check", ...files], env, show);
}

async function ofDocumentation(show: Show): Promise<Tally> {
  if (Deno.args.length > 0) return nothing;
  // `deno task check` looks at the types of these as well.
  return await inParts("Documentation", await documentation(), show, (part) => {
    return runSuite("Documentation", (report) => [...deno(report), "--no-check", "--doc", ...part], env, show);
  });
}

/** The files for a runtime beside Deno: all of them, unless the time of everything is limited. Who asks for files by name gets them. */
function besideDeno(runtime: "Bun" | "Node", show: Show): readonly string[] {
  if (Deno.args.length > 0 || timeLeft() > HOUR) return shared;
  const files = shared.filter((file) => hasTimeOn(runtime, file));
  show.line(`\nThe time of everything is limited: ${runtime} runs ${files.length} of ${shared.length} test files.`);
  return files;
}

async function onBun(show: Show): Promise<Tally> {
  const files = besideDeno("Bun", show);
  if (files.length === 0) return nothing;
  const bun = [...await findBun(), "test", "--timeout", "120000", "--preload", register, "--reporter=junit"];
  return await runSuite("Bun", (report) => [...bun, `--reporter-outfile=${report}`, ...files], env, show);
}

async function onNode(show: Show): Promise<Tally> {
  const files = besideDeno("Node", show);
  if (files.length === 0) return nothing;
  // Node's test runner has its children write a report into the checkout at SIGUSR2, which tests of signals send.
  const node = [...await findNode(), "--report-signal=SIGSYS", "--import", register, "--test", "--test-timeout=120000"];
  // By default one file less at a time than there are processors, which on two are none beside each other.
  const together = `--test-concurrency=${Math.max(2, navigator.hardwareConcurrency - 1)}`;
  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit"];
  const command = (report: string) => [...node, together, ...reporters, `--test-reporter-destination=${report}`];
  return await inParts("Node", files, show, (part) => {
    return runSuite("Node", (report) => [...command(report), ...part], env, show);
  });
}

const parts = [files.filter((file) => !waiting(file)), files.filter(waiting)] as const;

/** What runs beside each other, in each lane one after the other. A runner uses half a processor: tests wait for sockets, threads and processes. */
const LANES: readonly (readonly ((show: Show) => Promise<Tally>)[])[] = [
  [(show) => onDeno("Deno", parts[0], show)],
  [(show) => onDeno("Deno, tests that wait", parts[1], show), onNode],
  [onBun, ofDocumentation],
];

async function runLane(lane: (typeof LANES)[number], show: Show): Promise<Tally> {
  let total = nothing;
  for (const run of lane) total = add(total, await run(show));
  return total;
}

const tallies: Tally[] = [];
if (navigator.hardwareConcurrency > 1) {
  // What the lanes beside the first write is shown when it is their turn.
  const shows = LANES.map((_, index) => index === 0 ? shown : new Kept());
  const running = LANES.map((lane, index) => runLane(lane, shows[index]!));
  for (const [index, lane] of running.entries()) {
    const show = shows[index];
    if (show instanceof Kept) show.show();
    tallies.push(await lane);
  }
} else {
  for (const lane of LANES) tallies.push(await runLane(lane, shown));
}

let total = tallies.reduce(add);
if (total.passed + total.failed === 0) total = { passed: 0, failed: 1 };

if (leftOut.length > 0) console.log(`\nLeft out:\n${leftOut.join("\n")}`);
// Once more at the end, which is what is read, and kept, of a long output.
if (total.failures) console.log(`\n${FAILURES}\n\n${total.failures.join("\n\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
