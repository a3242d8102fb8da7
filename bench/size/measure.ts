/**
 * How light this module is, beside its peers: imports, modules and bundles.
 *
 * @module
 */
import { findHosts, type Host } from "../beside.ts";
import {
  type Bundled,
  type Bundler,
  type BundleSize,
  countModules,
  measureBundle,
  type ModuleCount,
  OF_PEERS,
  OWN,
  OWN_OF_NPM,
} from "./bundle.ts";
import { type ImportCost, measureImports } from "./import.ts";
import { inProject, installOwnPackage, PEERS } from "./subjects.ts";

/** What was measured. */
export interface Sizes {
  readonly modules: ModuleCount;
  readonly bundles: readonly BundleSize[];
  /** Empty if only modules and bundles were measured. */
  readonly imports: readonly ImportCost[];
}

/** The most that is wanted. */
export const MOST = {
  /** Milliseconds of processor time that an import adds. */
  import: { Deno: 15, Bun: 16, Node: 40 },
  /** Modules that are loaded at once. */
  modules: 70,
  /** Bytes of what is loaded at once, compressed: the small program, and a serve app. */
  small: 18 * 1024,
  serve: 35 * 1024,
} as const;

/** How much is measured. */
export interface SizeEffort {
  /** How often each import is measured; at 0 none is, and npm's form is not made. */
  readonly rounds: number;
  /** Whether only that much is measured as shows that it works. */
  readonly smoke?: boolean;
}

/** Measures all of it. */
export function measureSizes({ rounds, smoke = false }: SizeEffort): Promise<Sizes> {
  return inProject(async (folder) => {
    const hosts = rounds === 0 ? [] : findHosts({ node: true });
    if (hosts.length > 0 && !hosts.some(({ name }) => name === "Bun")) {
      throw new Error("Cannot measure imports: Bun is needed to read the processor time of processes. Try --quick.");
    }
    const deno = hosts.find(({ name }) => name === "Deno");
    if (deno) await installOwnPackage(folder, deno.command[0]!);
    const imports: ImportCost[] = [];
    for (const host of hosts.filter(({ name }) => name !== "Node" || deno)) {
      imports.push(...await measureImports(folder, host, rounds, smoke ? PEERS.slice(0, 1) : PEERS));
    }
    const programs = [...OWN, ...(deno ? OWN_OF_NPM : []), ...OF_PEERS];
    const bundles: BundleSize[] = [];
    for (const program of programs) bundles.push(await measureBundle(folder, program));
    if (!smoke) bundles.push(...await byRuntimes(folder, hosts));
    return { modules: await countModules(folder), bundles, imports };
  });
}

/** The same programs, by what the runtimes bring along. */
async function byRuntimes(folder: string, hosts: readonly Host[]): Promise<BundleSize[]> {
  const bundles: BundleSize[] = [];
  for (const bundler of ["bun", "deno"] as const satisfies readonly Bundler[]) {
    if (!hosts.some(({ name }) => name.toLowerCase() === bundler)) continue;
    // What the others' bundles come to by another bundler tells nothing more.
    const programs: readonly Bundled[] = OWN;
    for (const program of programs) bundles.push(await measureBundle(folder, program, bundler));
  }
  return bundles;
}
