/**
 * Everything that CI runs, here or there: the tests, then the format, the style, the types, the documentation and a
 * rehearsal of publishing. All of them run, whichever fails. The last line is the one of the tests.
 *
 * Words after the command choose: `deno task check` is `deno run -A .ci/checks.ts fmt lint types`.
 *
 * @module
 */

import { chooseConfig } from "../tests/run/config.ts";
import { lintDocumentation } from "./documentation.ts";
import { runCommand } from "./command.ts";

/** What a check came to; `last` is a line that stands at the end of everything. */
interface Outcome {
  readonly success: boolean;
  readonly last?: string;
}

const checks: Record<string, () => Promise<Outcome>> = {
  async tests() {
    const { success, output } = await runCommand(["run", "--allow-all", "tests/run.ts"]);
    const last = output.trimEnd().split("\n").at(-1) ?? "";
    return /^\d+ passed, \d+ failed$/.test(last) ? { success, last } : { success: false, last: "0 passed, 1 failed" };
  },
  fmt: () => runCommand(["fmt", "--check"]),
  lint: () => runCommand(["lint"]),
  types: async () => await runCommand(["check", "--quiet", "--config", await chooseConfig()]),
  docs: lintDocumentation,
  // Whether they run, and whether modules and bundles are no more than the best so far. How fast anything is, a machine that does other
  // things does not tell: bench:report holds that.
  benches: () => runCommand(["run", "--allow-all", "bench/smoke.ts"]),
  // What CI checks out is clean, so that a test which writes into the checkout is found here.
  publish: () => runCommand(["publish", "--dry-run", ...(Deno.env.has("CI") ? [] : ["--allow-dirty"])]),
};

const chosen = Deno.args.length > 0 ? Deno.args : Object.keys(checks);
const failed: string[] = [];
let last: string | undefined;
for (const name of chosen) {
  const check = checks[name];
  if (!check) throw new TypeError(`Cannot run "${name}": there is no such check. Choose of ${Object.keys(checks)}.`);
  console.log(`\n=== ${name}`);
  const outcome = await check();
  last ??= outcome.last;
  console.log(`=== ${name}: ${outcome.success ? "ok" : "FAILED"}`);
  if (!outcome.success) failed.push(name);
}

console.log(failed.length === 0 ? "\nEvery check passed." : `\nChecks that failed: ${failed.join(", ")}.`);
if (last) console.log(last);
Deno.exit(failed.length === 0 ? 0 : 1);
