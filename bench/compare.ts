/**
 * The hot path of two checkouts, measured in turn, so that a change can be judged.
 *
 * ```sh
 * deno run -A bench/compare.ts HEAD~1                # this working tree against a commit
 * deno run -A bench/compare.ts ../other-checkout     # or against another folder
 * bun bench/compare.ts main --rows switch,lock --runtime bun --rounds 9
 * ```
 *
 * `--rows` chooses rows by parts of their ids, `--runtime` one runtime (both by default), `--rounds` how often each is measured (5),
 * `--this` another folder in the place of this checkout. A ratio below 1 says that this checkout is faster than BASE. `fast` compares the
 * fastest tenth of the samples, which a busy machine disturbs least; the spread is the middle half of its ratios over the rounds.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { alternate, contender, measureCommand, ratios, spread } from "./harness/alternate.ts";
import { findHosts } from "./harness/hosts.ts";
import { toRounds, toRuntimes } from "./harness/options.ts";
import { type Duration, quantile, SMOKE } from "./harness/samples.ts";
import { rows } from "./programs/rows.ts";

/** How long a program is measured in one process. */
const DURATION: Duration = { warmUp: 250, enough: 350 };
const HERE = fileURLToPath(new URL("..", import.meta.url));

const { values, positionals: [base] } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "" },
    runtime: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    this: { type: "string", default: HERE },
    smoke: { type: "boolean", default: false },
  },
});
if (base === undefined) throw new TypeError("Cannot compare with nothing: name a folder or a commit.");

/** The files of a commit in a folder of their own. The checkout and its branches stay as they are. */
function checkOut(ref: string): string {
  const folder = mkdtempSync(`${tmpdir()}/loop-asyncio-compare-`);
  const archive = spawnSync("git", ["archive", ref, "mod.ts", "src"], { cwd: HERE, maxBuffer: 1 << 28 });
  if (archive.status !== 0) {
    throw new Error(`Cannot compare with "${ref}": it is no folder with a mod.ts, and git says: ${archive.stderr}`);
  }
  spawnSync("tar", ["-x", "-C", folder], { input: archive.stdout });
  return folder;
}

const words = values.rows.split(",");
const chosen = rows.filter(({ id }) => words.some((word) => id.includes(word)));
if (chosen.length === 0) {
  throw new TypeError(`Cannot compare rows "${values.rows}": choose of ${rows.map(({ id }) => id).join(", ")}.`);
}
const rounds = values.smoke ? 1 : toRounds(values.rounds);
const duration = values.smoke ? SMOKE : DURATION;
const isFolder = existsSync(`${base}/mod.ts`);
const folder = isFolder ? resolve(base) : checkOut(base);
try {
  for (const runtime of findHosts(toRuntimes(values.runtime))) {
    console.log(`\n${runtime.name} ${runtime.version}: this checkout over ${base}, ${rounds} rounds, ns\n`);
    console.log("                         base    this   fast  middle half   median");
    for (const row of chosen) {
      const contenders = [["base", folder], ["this", resolve(values.this)]].map(([name, checkout]) => {
        const url = pathToFileURL(`${checkout}/mod.ts`).href;
        return contender(name!, measureCommand(runtime, url, row.id, duration));
      });
      const measured = await alternate(contenders, rounds);
      const of = (name: string, which: "median" | "fast") => measured.get(name)!.map((figures) => figures[which]);
      const fast = spread(ratios(of("this", "fast"), of("base", "fast")));
      const median = quantile(ratios(of("this", "median"), of("base", "median")), 0.5);
      console.log(
        row.id.padEnd(20) +
          [of("base", "fast"), of("this", "fast")].map((all) => quantile(all, 0.5).toFixed(1).padStart(9)).join("") +
          `${fast.median.toFixed(2).padStart(6)}    ${fast.low.toFixed(2)}-${fast.high.toFixed(2)}` +
          `${median.toFixed(2).padStart(10)}`,
      );
    }
  }
} finally {
  if (!isFolder) rmSync(folder, { recursive: true });
}
