/**
 * How light this module is: what its import costs, how many modules a program loads, and how large a bundle is, beside p-queue, Effection, rxjs and
 * Effect.
 *
 * ```sh
 * deno task bench:size                  # two minutes
 * deno task bench:size --quick          # a second: the modules and the bundles
 * deno task bench:size --files          # which files the small program loads at once, with their bytes in its minified bundle
 * deno task bench:size --smoke          # seconds, to see that it works; nothing is judged
 * ```
 *
 * An import's cost is the processor time of a whole process over that of one which does nothing; all take turns, `--rounds` times (21), and the median
 * is printed with the middle half. Deno and Bun import this module from its source, Node from the form in which npm has it. Modules are
 * those that the main entry point reaches by static imports. Of a bundle counts what is loaded at once: the entry chunk and the chunks that it
 * imports statically, each compressed by gzip. The exit code is 1 if a goal is missed.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import type { Spread } from "../alternate.ts";
import { toRounds } from "../options.ts";
import { contributions, SERVE, SMALL } from "./bundle.ts";
import { measureSizes, MOST } from "./measure.ts";
import { inProject } from "./subjects.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: "boolean", default: false },
    files: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "21" },
  },
});

const row = (first: string, ...cells: string[]) =>
  console.log(first.padEnd(46) + cells.map((cell) => cell.padStart(22)).join(""));
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
const milliseconds = ({ median, low, high }: Spread) => `${median.toFixed(1)} (${low.toFixed(1)}-${high.toFixed(1)})`;

if (values.files) {
  const files = await inProject((folder) => contributions(folder, SMALL));
  for (const { file, bytes } of files) console.log(`${String(bytes).padStart(8)}  ${file}`);
  console.log(`${String(files.reduce((sum, { bytes }) => sum + bytes, 0)).padStart(8)}  in ${files.length} files`);
  exit(0);
}

const rounds = values.quick ? 0 : values.smoke ? 1 : toRounds(values.rounds);
const { imports, modules, bundles } = await measureSizes({ rounds, smoke: values.smoke });
const missed: string[] = [];
function judge(what: string, reached: number, most: number, unit: string): string {
  if (reached > most) {
    missed.push(`${what}: ${reached.toFixed(unit === "" ? 0 : 1)}${unit}, at most ${most}${unit} wanted`);
  }
  return `goal ${most}${unit}`;
}

if (imports.length > 0) {
  const hosts = [...new Set(imports.map(({ on }) => on))];
  const own = (on: typeof hosts[number]) => imports.find((one) => one.on === on && one.name === "this module")!;
  row("Import, ms of processor time", ...hosts);
  row("  an empty program", ...hosts.map((on) => milliseconds(own(on).empty)));
  for (const name of new Set(imports.map((one) => one.name))) {
    const here = (on: typeof hosts[number]) => imports.find((one) => one.on === on && one.name === name);
    row(`  ${name}`, ...hosts.map((on) => milliseconds(here(on)!.added)));
  }
  row("", ...hosts.map((on) => judge(`import on ${on}`, own(on).added.median, MOST.import[on], " ms")));
}

row("\nModules", "at once", "with all of import()");
row("  mod.ts", String(modules.atOnce), String(modules.all), judge("modules", modules.atOnce, MOST.modules, ""));

const goals: Record<string, number> = { [SMALL.name]: MOST.small, [SERVE.name]: MOST.serve };
let bundler = "";
for (const bundle of bundles) {
  if (bundle.bundler !== bundler) {
    row(`\n${bundler = bundle.bundler}`);
    row("", "at once, minified", "at once, gzip", "later, gzip");
  }
  const most = bundle.bundler.startsWith("esbuild") ? goals[bundle.name] : undefined;
  const goal = most === undefined ? [] : [judge(`bundle of ${bundle.name}`, bundle.gzip / 1024, most / 1024, " KB")];
  const { minified, gzip, later } = bundle;
  row(`  ${bundle.name}`, kilobytes(minified), kilobytes(gzip), later === 0 ? "" : kilobytes(later), ...goal);
}

if (values.smoke) {
  console.log("\nEverything ran; so short a run says nothing of how fast.");
} else if (missed.length > 0) {
  console.log(`\nMissed:\n${missed.map((line) => `  ${line}`).join("\n")}`);
  exit(1);
}
