/**
 * Everything that CI runs, here or there: the tests, then the format, the style, the types, the documentation and a
 * rehearsal of publishing. All of them run, whichever fails; some beside the tests. The last line is the one of the tests.
 *
 * Words after the command choose: `deno task check` is `deno run -A .ci/checks.ts fmt lint types`.
 *
 * @module
 */

import { timeLeft } from "../tests/run/command.ts";
import { chooseConfig } from "../tests/run/config.ts";
import { Kept, type Show, shown } from "../tests/run/show.ts";
import { FAILURES } from "../tests/run/tally.ts";
import { deno } from "./deno.ts";
import { lintDocumentation } from "./documentation.ts";

/** What a check came to; `last` is a line that stands at the end of everything, below `failures`. */
interface Outcome {
  readonly success: boolean;
  readonly failures?: string;
  readonly last?: string;
}

const checks: Record<string, (show: Show) => Promise<Outcome>> = {
  async tests(show) {
    const { success, output } = await deno(["run", "--allow-all", "tests/run.ts"], show);
    const last = output.trimEnd().split("\n").at(-1) ?? "";
    if (!/^\d+ passed, \d+ failed$/.test(last)) return { success: false, last: "0 passed, 1 failed" };
    const failures = output.lastIndexOf(`\n${FAILURES}\n`);
    return { success, last, ...(failures >= 0 ? { failures: output.slice(failures, -last.length - 1).trim() } : {}) };
  },
  fmt: (show) => deno(["fmt", "--check"], show),
  lint: (show) => deno(["lint"], show),
  async types(show) {
    const check = ["check", "--quiet", "--config", await chooseConfig()];
    const code = await deno(check, show);
    const examples = await deno([...check, "--doc", "mod.ts", "src"], show);
    return { success: code.success && examples.success };
  },
  docs: lintDocumentation,
  // Whether they run, and whether modules and bundles are no more than the best so far. How fast anything is, a machine that does other
  // things does not tell: bench:report holds that. Where the time of everything is limited a part of them has to do.
  benches: (show) => {
    return deno(["run", "--allow-all", "bench/smoke.ts", ...(timeLeft() < 3_600_000 ? ["--short"] : [])], show);
  },
  // What CI checks out is clean, so that a test which writes into the checkout is found here: it comes after all the others.
  // It names each file that it would publish, which is worth no more than a failure.
  async publish(show) {
    const result = await deno(["publish", "--dry-run", ...(Deno.env.has("CI") ? [] : ["--allow-dirty"])]);
    if (!result.success) show.line(result.output + result.errors);
    return result;
  },
};

/** What runs beside the tests, one after the other. What each says is kept, and shown when the tests are over. */
const BESIDE: ReadonlySet<string> = new Set(["fmt", "lint", "types", "docs", "benches"]);

const chosen = Deno.args.length > 0 ? Deno.args : Object.keys(checks);
for (const name of chosen) {
  if (!checks[name]) {
    throw new TypeError(`Cannot run "${name}": there is no such check. Choose of ${Object.keys(checks)}.`);
  }
}
const beside = new Map<string, { kept: Kept; outcome: Promise<Outcome> }>();
if (chosen.includes("tests") && navigator.hardwareConcurrency > 1) {
  let before: Promise<unknown> = Promise.resolve();
  for (const name of chosen.filter((name) => BESIDE.has(name))) {
    const kept = new Kept();
    const outcome = before.then(() => checks[name]!(kept));
    // Whoever awaits the outcome hears of its failure.
    before = outcome.catch(() => {});
    beside.set(name, { kept, outcome });
  }
}

const failed: string[] = [];
let last: string | undefined;
let failures: string | undefined;
for (const name of chosen) {
  console.log(`\n=== ${name}`);
  const running = beside.get(name);
  running?.kept.show();
  const { success, last: line, ...outcome } = await (running?.outcome ?? checks[name]!(shown));
  last ??= line;
  failures ??= outcome.failures;
  console.log(`=== ${name}: ${success ? "ok" : "FAILED"}`);
  if (!success) failed.push(name);
}

console.log(failed.length === 0 ? "\nEvery check passed." : `\nChecks that failed: ${failed.join(", ")}.`);
if (failures) console.log(`\n${failures}\n`);
if (last) console.log(last);
Deno.exit(failed.length === 0 ? 0 : 1);
