/**
 * How light this module is: what its import costs, how many modules a program loads, and how large a bundle is, beside p-queue, Effection, rxjs and
 * Effect.
 */
import { exactly } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import type { Host } from "../harness/hosts.ts";
import type { Bench, Reached, Table } from "../harness/section.ts";
import { type BundleSize, countModules, measureBundle, OF_PEERS, OWN, OWN_OF_NPM, SERVE, SMALL } from "./bundle.ts";
import { type ImportCost, measureImports } from "./import.ts";
import { inProject, installOwnPackage, PEERS } from "./subjects.ts";

/** Modules and bundles alone, which is a matter of a second. */
export const weight: Bench = {
  title: "Modules and bundles",
  hosts: ["Deno"],
  measure: () =>
    inProject(async (folder) => {
      const { atOnce, all } = await countModules(folder);
      const bundles: BundleSize[] = [];
      for (const program of [...OWN, ...OF_PEERS]) bundles.push(await measureBundle(folder, program));
      const head = ["Modules", "At once", "With what `import()` names"];
      const rows = [["mod.ts", `${atOnce}`, `${all}`]];
      return {
        title: "Modules and bundles",
        how:
          "Modules are those that `mod.ts` reaches by static imports, and those with what a literal `import()` names, which Deno fetches " +
          "at the start. Bundles are by `esbuild --bundle --splitting --minify --format=esm` where nothing else stands. Of one counts what is loaded at once: the " +
          "entry chunk with every chunk that it imports statically, and apart from them what is loaded only when it is needed.",
        tables: [{ head, rows }, tableOf(bundles)],
        reached: judged(atOnce, bundles),
      };
    }),
};

/** All of it. */
export const size: Bench = {
  title: "Import, modules and bundle",
  hosts: ["Deno", "Bun", "Node"],
  async measure(effort) {
    const { hosts, smoke, rounds } = effort;
    const light = await weight.measure(effort);
    const imports: ImportCost[] = [];
    const bundles: BundleSize[] = [];
    await inProject(async (folder) => {
      await installOwnPackage(folder);
      for (const host of hosts) {
        imports.push(
          ...await measureImports(folder, host, rounds(21), smoke ? PEERS.slice(0, 1) : PEERS),
        );
      }
      for (const program of OWN_OF_NPM) bundles.push(await measureBundle(folder, program));
      // What the others' bundles come to by another bundler tells nothing more.
      for (const bundler of smoke ? [] : ["bun", "deno"] as const) {
        for (const program of OWN) bundles.push(await measureBundle(folder, program, bundler));
      }
    });
    return {
      title: this.title,
      how:
        "Processor time of whole processes: of one that does nothing, and what an import adds to that, in turn. Deno and Bun import this module " +
        `from its source, Node from the form in which npm has it. ${light.how}`,
      tables: [importTable(hosts, imports), ...light.tables, tableOf(bundles)],
      reached: [
        ...imports.filter(({ name }) => name === "this module").map(({ on, added, empty }): Reached => {
          const part = (value: number) => value / empty.median;
          const held = { median: part(added.median), low: part(added.low), high: part(added.high) };
          return { id: "size/import", on, what: "import, processor time", value: added.median, unit: "ms", held };
        }),
        ...light.reached,
      ],
    };
  },
};

function importTable(hosts: readonly Host[], imports: readonly ImportCost[]): Table {
  const names = [...new Set(imports.map(({ name }) => name))];
  const cell = (name: string, on: Host["name"], figure: "added" | "empty" = "added") =>
    range(imports.find((one) => one.on === on && one.name === name)![figure], "ms");
  const empty = ["an empty program", ...hosts.map(({ name: on }) => cell("this module", on, "empty"))];
  return {
    head: ["Import", ...hosts.map(({ name }) => name)],
    rows: [empty, ...names.map((name) => [name, ...hosts.map(({ name: on }) => cell(name, on))])],
  };
}

function tableOf(bundles: readonly BundleSize[]): Table {
  const rows = bundles.map(({ name, bundler, minified, gzip, later }) => [
    name,
    bundler,
    FORMATS.KB(minified),
    FORMATS.KB(gzip),
    FORMATS.KB(later),
  ]);
  return { head: ["Bundle", "By", "At once, minified", "gzip", "Later, gzip"], rows, text: ["By"] };
}

function judged(modules: number, bundles: readonly BundleSize[]): Reached[] {
  const of = ({ name }: { name: string }) => bundles.find((bundle) => bundle.name === name)!.gzip;
  const common = { on: "all", exact: true } as const;
  const what = "modules that mod.ts loads at once";
  return [
    { ...common, id: "size/modules", what, value: modules, unit: "count", held: exactly(modules) },
    ...([["small", SMALL], ["serve", SERVE]] as const).map(([id, program]): Reached => {
      const [value, what] = [of(program), `bundle of ${program.name}`];
      return { ...common, id: `size/${id}`, what, value, unit: "KB", held: exactly(value) };
    }),
  ];
}
