/**
 * How large a bundle is that uses little of the module.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { FOLDER } from "../peers/packages.ts";
import { output, type Runtime } from "../runtimes.ts";

/** The sizes of a bundle, in bytes. */
export interface BundleSize {
  readonly name: string;
  readonly bundler: string;
  /** What the entry loads at once: the entry chunk and what it imports statically. */
  readonly minified: number;
  readonly gzip: number;
  /** What waits to be imported when it is needed. */
  readonly later: number;
}

/** A program to bundle. */
export interface Bundled {
  readonly name: string;
  readonly text: string;
  /** Where its packages are found. */
  readonly folder?: string;
}

const OWN = JSON.stringify(new URL("../../mod.ts", import.meta.url).href.replace("file://", ""));

/** What is bundled: of each, about what a small program uses. */
export const programs: readonly Bundled[] = [
  { name: "run, sleep, createTask, gather", text: `export { createTask, gather, run, sleep } from ${OWN};\n` },
  { name: "everything in mod.ts", text: `export * from ${OWN};\n` },
  {
    name: "Effection: run, spawn, sleep, all",
    text: 'export { all, run, sleep, spawn } from "effection";\n',
    folder: FOLDER,
  },
  {
    name: "Effect: gen, sleep, fork, all, runPromise",
    text: 'import { Effect, Fiber } from "effect";\nexport const used = ' +
      "[Effect.gen, Effect.sleep, Effect.forkChild, Effect.all, Effect.runPromise, Fiber.join];\n",
    folder: FOLDER,
  },
];

/** How the bundlers are called, before the folder that they write to and the program. */
const BUNDLERS = {
  Bun: ["build", "--splitting", "--minify", "--target=node", "--outdir"],
  Deno: ["bundle", "--quiet", "--code-splitting", "--minify", "--platform=deno", "--outdir"],
} as const;

/**
 * Bundles with what a runtime brings along. Chunks that the entry imports statically are counted with it, wherever the bundler has put
 * them: a browser or a server loads them all before the first line runs.
 */
export async function measureBundle(
  { name: runtime, command: [program] }: Runtime,
  { name, text, folder = tmpdir() }: Bundled,
): Promise<BundleSize> {
  const work = mkdtempSync(`${folder}/bundle-`);
  try {
    writeFileSync(`${work}/entry.js`, text);
    await output([program, ...BUNDLERS[runtime], `${work}/out`, `${work}/entry.js`]);
    const sizes = new Map<string, Uint8Array>();
    for (const file of readdirSync(`${work}/out`)) sizes.set(file, readFileSync(`${work}/out/${file}`));
    const atOnce = reachable("entry.js", sizes);
    const sum = (files: Iterable<string>, size: (file: Uint8Array) => number) =>
      [...files].reduce((total, file) => total + size(sizes.get(file)!), 0);
    const gzipped = (file: Uint8Array) => gzipSync(file, { level: 9 }).length;
    return {
      name,
      bundler: [runtime.toLowerCase(), ...BUNDLERS[runtime].filter((word) => word !== "--outdir" && word !== "--quiet")]
        .join(" "),
      minified: sum(atOnce, (file) => file.length),
      gzip: sum(atOnce, gzipped),
      later: sum([...sizes.keys()].filter((file) => !atOnce.has(file)), gzipped),
    };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The chunks that are loaded with this one. */
function reachable(entry: string, files: ReadonlyMap<string, Uint8Array>): Set<string> {
  const found = new Set<string>([entry]);
  for (const file of found) {
    const text = new TextDecoder().decode(files.get(file));
    for (const [, name] of text.matchAll(/\b(?:from|import)\s*"(\.\/[^"]+)"/g)) found.add(basename(name!));
  }
  return found;
}
