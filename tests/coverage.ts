/**
 * Runs the tests on Deno, Bun and Node, and says which lines of `src/` none of them has reached.
 *
 * Words choose test files by their path, as they do for the tests. What runs in other processes is counted where the runtime does.
 *
 * @module
 */
import { chooseConfig } from "./run/config.ts";
import { filesBelow, portable, testFiles } from "./run/files.ts";
import { type Lines, merge, readLcov, summary } from "./run/lcov.ts";
import { installPackages } from "./run/packages.ts";
import { findBun, findNode } from "./run/runtimes.ts";
import { runSuite, type SuiteCommand } from "./run/suite.ts";

const config = await chooseConfig();
const files = await testFiles(Deno.args);
const shared = files.filter(portable);
const env = { LOOP_ASYNCIO_PACKAGES: await installPackages() };
const folder = await Deno.makeTempDir();
const register = "./tests/std/register.mjs";

/** The runners as in `run.ts`, each told where to leave its report on lines as well. */
const [bun, node] = [await findBun(), await findNode()];
const suites: Record<string, [lcov: string, command: SuiteCommand]> = {
  Deno: [`${folder}/deno/lcov.info`, (report) => [
    ...[Deno.execPath(), "test", "--allow-all", "--no-check", "--config", config, `--junit-path=${report}`],
    ...[`--coverage=${folder}/deno`, ...files],
  ]],
  Bun: [`${folder}/bun/lcov.info`, (report) => [
    ...[
      ...bun,
      "test",
      "--timeout",
      "120000",
      "--preload",
      register,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ],
    ...["--coverage", "--coverage-reporter=lcov", `--coverage-dir=${folder}/bun`, ...shared],
  ]],
  Node: [`${folder}/node.info`, (report) => [
    ...[...node, "--report-signal=SIGSYS", "--import", register, "--test", "--test-timeout=120000"],
    ...["--experimental-test-coverage", "--test-coverage-include=src/**", "--test-coverage-include=mod.ts"],
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
    ...["--test-reporter=lcov", `--test-reporter-destination=${folder}/node.info`, ...shared],
  ]],
};

const found: Lines[] = [];
let failed = 0;
for (const [name, [lcov, command]] of Object.entries(suites)) {
  failed += (await runSuite(name, command, env)).failed;
  // Deno writes it by itself only when every test has passed.
  if (name === "Deno") {
    const args = ["coverage", "--quiet", "--lcov", `--output=${lcov}`, "--include=/src/", `${folder}/deno`];
    await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).output();
  }
  found.push(readLcov(await Deno.readTextFile(lcov).catch(() => ""), Deno.cwd()));
}
await Deno.remove(folder, { recursive: true });
console.log(`\n${summary(merge(found), await filesBelow("./src", ".ts"))}`);
if (failed > 0) console.log(`\n${failed} tests failed.`);
Deno.exit(failed > 0 ? 1 : 0);
