/**
 * Runs a little of every bench, so that none rots; says nothing of how fast anything is.
 *
 * ```sh
 * deno run -A bench/smoke.ts          # every bench
 * deno run -A bench/smoke.ts --short  # the hot path, debug mode, the weight, and the tests' own speed
 * ```
 */
import { argv, exit } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { measureCommand } from "./harness/alternate.ts";
import { findHosts, output } from "./harness/hosts.ts";
import { SMOKE } from "./harness/samples.ts";

/** What is left of the report when there is little time. */
const SHORT = "hot,debug,size,testing";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const hosts = findHosts();
const [first] = hosts;
if (first === undefined) throw new Error("Cannot run the benches: neither Deno nor Bun is here.");

const own = pathToFileURL(here("../mod.ts")).href;
const commands = [
  ...hosts.flatMap((host) => ["baseline", own].map((subject) => measureCommand(host, subject, "every", SMOKE))),
  [...first.command, here("compare.ts"), here(".."), "--rows", "lock", "--smoke"],
  // This runs every other bench, of which those with servers, processes and peers take minutes beside other work.
  [...first.command, here("report.ts"), "--smoke", ...(argv.includes("--short") ? ["--part", SHORT] : [])],
];
let failed = 0;
for (const command of commands) {
  const start = performance.now();
  const name = command.join(" ");
  try {
    await output(command);
    console.log(`ok     ${name} (${((performance.now() - start) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n${(error as Error).message}`);
  }
}
exit(failed === 0 ? 0 : 1);
