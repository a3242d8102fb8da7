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
import { runSuite } from "./run/suite.ts";
import * as summaries from "./run/summaries.ts";

/** What the tests may do. Sockets in the file system are allowed only by the whole of `--allow-net`. */
const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-write", "--allow-run", "--allow-env", "--allow-sys"];

const config = await chooseConfig();
const files = await testFiles(Deno.args);
const shared = files.filter(portable);

let total: Tally = nothing;
const run = async (name: string, command: string[], read: summaries.Summary, env: Record<string, string> = {}) => {
  total = add(total, await runSuite(name, command, read, env));
};

if (files.length > 0) {
  const deno = [Deno.execPath(), "test", "--config", config];
  await run("Deno", [...deno, ...PERMISSIONS, ...files], summaries.deno);
  if (Deno.args.length === 0) {
    await run("Documentation", [...deno, "--doc", ...PERMISSIONS, ...documentation()], summaries.deno);
  }
}
if (shared.length > 0) {
  const register = "./tests/std/register.mjs";
  const env = { LOOP_ASYNCIO_PACKAGES: await installPackages() };
  const bun = [...await findBun(), "test", "--timeout", "60000", "--preload", register];
  await run("Bun", [...bun, ...shared], summaries.bun, env);
  const test = ["--test", "--test-reporter=spec", "--test-timeout=120000"];
  // Node's test runner has its children write a report into the checkout at SIGUSR2, which tests of signals send.
  const node = [...await findNode(), "--report-signal=SIGSYS", "--import", register, ...test];
  await run("Node", [...node, ...shared], summaries.node, env);
}
if (total.passed + total.failed === 0) total = { passed: 0, failed: 1 };

console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
