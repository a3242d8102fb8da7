/**
 * Measures everything and writes `bench/RESULTS.md` and `bench/chart.svg`, and keeps what is the best so far in `bench/report/best.json`.
 *
 * ```sh
 * deno task bench:report                       # everything, about twenty minutes on two cores
 * deno task bench:report --part hot,peers      # only these anew; the others are kept from the last time
 * deno task bench:report --write               # measures nothing, writes the files again
 * deno task bench:report --smoke               # measures as little as can be and writes nothing
 * ```
 *
 * The exit code is 1 if a figure is worse than the best so far.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, homedir, loadavg, release, totalmem, type as system } from "node:os";
import { argv, env, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benches, type BenchName, measureBench, NAMES, OPTIONS, toBenches } from "./harness/benches.ts";
import { findHosts, firstLine, output } from "./harness/hosts.ts";
import { DURATION } from "./harness/samples.ts";
import { type Section, toMarkdown, toText } from "./harness/section.ts";
import type { PeerSection } from "./peers/bench.ts";
import { toChart } from "./report/chart.ts";
import { judge, keepBest, toTable, type Verdict } from "./report/verdicts.ts";

/** What was measured, now and before. */
interface Results {
  /** When, and on what it was measured. */
  readonly on: string;
  readonly sections: Partial<Record<BenchName, Section>>;
}

const FOLDER = `${env.XDG_CACHE_HOME || `${env.HOME || homedir()}/.cache`}/loop-asyncio`;
const KEPT = `${FOLDER}/sections.json`;
/** What keeps some benches short in the report. */
const SHORT: Partial<Record<BenchName, { rounds: string; seconds: string }>> = {
  http: { rounds: "3", seconds: "1" },
  net: { rounds: "3", seconds: "0.5" },
};

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    // What idle connections cost takes minutes, and is asked for by its name.
    part: { type: "string", default: NAMES.filter((name) => name !== "idle").join(",") },
    rounds: OPTIONS.rounds,
    smoke: OPTIONS.smoke,
    write: { type: "boolean", default: false },
  },
});
const { smoke, rounds } = values;
const chosen = toBenches("--part", values.part.split(","));

function lastTime(): Results | null {
  try {
    return JSON.parse(readFileSync(KEPT, "utf8"));
  } catch {
    return null;
  }
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const last = smoke ? null : lastTime();
let results: Results = { on: values.write && last ? last.on : describe(), sections: last?.sections ?? {} };
for (const name of values.write ? [] : NAMES.filter((name) => chosen.includes(name))) {
  const start = performance.now();
  const options = { smoke, runtime: "", rows: "", ...SHORT[name], ...(rounds === undefined ? {} : { rounds }) };
  const section = await measureBench(benches[name], options);
  results = { ...results, sections: { ...results.sections, [name]: section } };
  console.log(`${name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  if (smoke) continue;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(KEPT, JSON.stringify(results));
}

const sections = NAMES.flatMap((name) => results.sections[name] ?? []);
const verdicts = judge(sections.flatMap(({ reached }) => reached).filter(({ exact }) => exact || !smoke));
const goals = goalSection(verdicts);
const text = [head(results.on), ...[goals, ...sections].map(toMarkdown)].join("\n\n");
const chart = toChart((results.sections.peers as PeerSection | undefined)?.rows);
if (smoke) console.log("Everything ran; nothing was written.");
else {
  writeFileSync(here("RESULTS.md"), `${text}\n`);
  if (chart !== null) writeFileSync(here("chart.svg"), chart);
  keepBest(verdicts);
  const written = [here("RESULTS.md"), here("report/best.json"), ...(chart === null ? [] : [here("chart.svg")])];
  await output(["deno", "fmt", "--quiet", ...written]);
}
console.log(`\n${toText(goals)}`);
exit(verdicts.some(({ isWorse }) => isWorse) ? 1 : 0);

function goalSection(verdicts: readonly Verdict[]): Section {
  const judged = verdicts.filter(({ met }) => met !== null);
  const worse = verdicts.filter(({ isWorse }) => isWorse).length;
  return {
    title: "Goals",
    how:
      `${
        judged.filter(({ met }) => met).length
      } of ${judged.length} goals are met, and ${worse} of ${verdicts.length} figures are worse than ` +
      "the best so far. The best so far is a ratio, with the middle half of the run that reached it: of what the same takes without this module, " +
      "or of an empty program for an import; sizes stand for themselves. A time is followed by its ratio. Figures are judged before they are rounded.",
    tables: [toTable(verdicts)],
    reached: [],
  };
}

function describe(): string {
  const changed = firstLine("git", "status", "--porcelain", "--untracked-files=no", "--", "src", "mod.ts");
  const commit = `${firstLine("git", "rev-parse", "--short", "HEAD") ?? "unknown"}${changed ? " with changes" : ""}`;
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const versions = findHosts([], ["Deno", "Bun", "Node"]).map(({ name, version }) => `${name} ${version}`).join(", ");
  return `Measured at ${date} UTC on ${commit}.

${(cpus()[0]?.model ?? "unknown").trim()}, ${cpus().length} cores, ${
    (totalmem() / 2 ** 30).toFixed(0)
  } GB, ${system()} ${release()}; ${versions}. The load before was ${loadavg()[0]!.toFixed(2)}.`;
}

function head(on: string): string {
  return `# Results

Written by \`deno task bench:report\`; not by hand. ${on}

**How.** Each program runs in a process of its own, since in a shared one it is faster or slower by what ran before it: engines keep what
they learn about a function in one place for all its callers. A program is warmed up for ${DURATION.warmUp} ms and then run again and again for
${DURATION.enough} ms; its figure is the median of the runs. Programs that are compared take turns, every second round the other
way round. A figure is the median of the rounds, with the middle half of them in brackets; a ratio is taken round by round, so that what
disturbs the machine for a while disturbs both sides. Figures of one machine say little about another one: the ratios travel better.`;
}
