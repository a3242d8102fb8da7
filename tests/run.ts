/**
 * The one command that runs every test: Deno's suite, the examples in the documentation, then the portable suites on
 * Bun and on Node. Its last line is `N passed, N failed`.
 *
 * Words after the command leave out every test file whose path has none of them, and the documentation:
 * `deno task test queue sync/`.
 *
 * @module
 */

import { chooseConfig } from "./run/config.ts";
import { add, nothing, type Tally } from "./run/tally.ts";
import { documentation, portable, testFiles } from "./run/files.ts";
import { installPackages } from "./run/packages.ts";
import { findBun, findNode } from "./run/runtimes.ts";
import { runSuite, type SuiteCommand } from "./run/suite.ts";

/** What the tests may do. Sockets in the file system are allowed only by the whole of `--allow-net`; the selector calls the C library. */
const PERMISSIONS = ["net", "read", "write", "run", "env", "sys", "ffi"].map((name) => `--allow-${name}`);

const config = await chooseConfig();
const files = await testFiles(Deno.args);
const shared = files.filter(portable);

let total: Tally = nothing;
const run = async (name: string, command: SuiteCommand) => {
  total = add(total, await runSuite(name, command, env));
};

const env = { LOOP_ASYNCIO_PACKAGES: await installPackages() };
if (files.length > 0) {
  const deno = (
    report: string,
  ) => [Deno.execPath(), "test", "--config", config, `--junit-path=${report}`, ...PERMISSIONS];
  await run("Deno", (report) => [...deno(report), ...files]);
  if (Deno.args.length === 0) {
    await run("Documentation", (report) => [...deno(report), "--doc", ...documentation()]);
  }
}
if (shared.length > 0) {
  const register = "./tests/std/register.mjs";
  const bun = [...await findBun(), "test", "--timeout", "60000", "--preload", register, "--reporter=junit"];
  await run("Bun", (report) => [...bun, `--reporter-outfile=${report}`, ...shared]);
  // Node's test runner has its children write a report into the checkout at SIGUSR2, which tests of signals send.
  const node = [...await findNode(), "--report-signal=SIGSYS", "--import", register, "--test", "--test-timeout=120000"];
  // By default one file less at a time than there are processors, which on two are none beside each other.
  const together = `--test-concurrency=${Math.max(2, navigator.hardwareConcurrency - 1)}`;
  const shown = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit"];
  await run("Node", (report) => [...node, together, ...shown, `--test-reporter-destination=${report}`, ...shared]);
}
if (total.passed + total.failed === 0) total = { passed: 0, failed: 1 };

console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
