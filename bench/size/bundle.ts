/**
 * How many modules a program loads, and how large it is as a bundle.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { output } from "../harness/hosts.ts";
import { FOLDER } from "../peers/packages.ts";
import { entryFile, entrySpecifier } from "./subjects.ts";

/** A program to bundle: about what a small program uses. */
export interface Bundled {
  readonly name: string;
  readonly text: string;
}

/** The sizes of a bundle, in bytes. */
export interface BundleSize {
  readonly name: string;
  readonly bundler: Bundler;
  /** What is loaded at once: the entry chunk and every chunk that it imports statically. */
  readonly minified: number;
  readonly gzip: number;
  /** What is loaded when it is needed, compressed. */
  readonly later: number;
}

/** How many modules a program loads. */
export interface ModuleCount {
  /** Those that are loaded before its first line runs. */
  readonly atOnce: number;
  /** Those with what a literal `import()` names anywhere, all of which Deno fetches at the start. */
  readonly all: number;
}

/** A file of a bundle, and how many bytes of the minified chunks that are loaded at once come from it. */
export interface Contribution {
  readonly file: string;
  readonly bytes: number;
}

const exported = (from: string, names: string) => `export { ${names} } from ${JSON.stringify(from)};\n`;
const SERVE_APP = `await run(function* () {
  const server = yield* serve(() => new Response("hello"));
  yield* server.serveForever();
});
`;

const serveApp = (main: string, http: string) =>
  `import { run } from ${JSON.stringify(main)};\nimport { serve } from ${JSON.stringify(http)};\n${SERVE_APP}`;

/** The programs that are judged. */
export const SMALL: Bundled = {
  name: "run, sleep, createTask, gather",
  text: exported(entryFile("."), "createTask, gather, run, sleep"),
};
/** A server and nothing else. */
export const SERVE: Bundled = { name: "a serve app", text: serveApp(entryFile("."), entryFile("./http")) };

/** Programs of this module from its source. */
export const OWN: readonly Bundled[] = [
  SMALL,
  SERVE,
  { name: "everything in mod.ts", text: `export * from ${JSON.stringify(entryFile("."))};\n` },
];

/** The same from the form in which npm has it. */
export const OWN_OF_NPM: readonly Bundled[] = [
  { name: `${SMALL.name}, from npm's form`, text: exported(entrySpecifier("."), "createTask, gather, run, sleep") },
  { name: `${SERVE.name}, from npm's form`, text: serveApp(entrySpecifier("."), entrySpecifier("./http")) },
];

/** What the peers have in the place of `SMALL`. */
export const OF_PEERS: readonly Bundled[] = [
  { name: "p-queue", text: 'export { default } from "p-queue";\n' },
  { name: "Effection: run, spawn, sleep, all", text: exported("effection", "all, run, sleep, spawn") },
  {
    name: "rxjs: from, timer, mergeMap, forkJoin",
    text: exported("rxjs", "forkJoin, from, lastValueFrom, mergeMap, timer"),
  },
  {
    name: "Effect: gen, sleep, fork, all, runPromise",
    text: 'import { Effect, Fiber } from "effect";\nexport const used = ' +
      "[Effect.gen, Effect.sleep, Effect.forkChild, Effect.all, Effect.runPromise, Fiber.join];\n",
  },
];

/** How the bundlers are called, before the folder that they write to. esbuild's is the one that is judged. */
const BUNDLERS = {
  esbuild: [
    `${FOLDER}/node_modules/.bin/esbuild`,
    "--bundle",
    "--splitting",
    "--minify",
    "--format=esm",
    "--external:node:*",
  ],
  bun: ["bun", "build", "--splitting", "--minify", "--target=node"],
  deno: ["deno", "bundle", "--quiet", "--code-splitting", "--minify", "--platform=deno"],
} as const;

/** The name of a bundler. */
export type Bundler = keyof typeof BUNDLERS;

/** Bundles a program in a folder that has its packages. */
export async function measureBundle(
  folder: string,
  { name, text }: Bundled,
  bundler: Bundler = "esbuild",
): Promise<BundleSize> {
  const { chunks, atOnce } = await bundle(folder, text, BUNDLERS[bundler]);
  const sum = (files: Iterable<string>, size: (file: Uint8Array) => number) =>
    [...files].reduce((total, file) => total + size(chunks.get(file)!), 0);
  const gzipped = (file: Uint8Array) => gzipSync(file, { level: 9 }).length;
  return {
    name,
    bundler,
    minified: sum(atOnce, (file) => file.length),
    gzip: sum(atOnce, gzipped),
    later: sum([...chunks.keys()].filter((file) => !atOnce.has(file)), gzipped),
  };
}

/** Counts the modules of this checkout's main entry point; types are none. */
export async function countModules(folder: string): Promise<ModuleCount> {
  const { inputs, entry } = await metafile(folder, `import ${JSON.stringify(entryFile("."))};\n`);
  const reach = (kinds: readonly string[]) => {
    const found = new Set(Object.keys(inputs).filter((name) => basename(name) === entry));
    for (const file of found) {
      for (const { path, kind, external } of inputs[file]!.imports) {
        if (kinds.includes(kind) && !external) found.add(path);
      }
    }
    // The program itself is none of them.
    return found.size - 1;
  };
  return { atOnce: reach(["import-statement"]), all: reach(["import-statement", "dynamic-import"]) };
}

/** Which files a program loads at once, the largest first. */
export async function contributions(folder: string, { text }: Bundled): Promise<Contribution[]> {
  const { outputs, atOnce } = await metafile(folder, text);
  const bytes = new Map<string, number>();
  for (const [chunk, { inputs }] of Object.entries(outputs)) {
    if (!atOnce.has(basename(chunk))) continue;
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].map(([file, bytes]) => ({ file, bytes })).sort((a, b) => b.bytes - a.bytes);
}

interface Bundle {
  /** The name of the entry chunk, which is that of the program as well. */
  readonly entry: string;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** The names of the chunks that are loaded with the entry. */
  readonly atOnce: ReadonlySet<string>;
}

async function bundle(folder: string, text: string, command: readonly string[]): Promise<Bundle> {
  const work = `${folder}/bundle_${crypto.randomUUID()}`;
  writeFileSync(`${work}.js`, text);
  const out = command[0] === "bun" || command[0] === "deno" ? ["--outdir", work] : [`--outdir=${work}`];
  await output([...command, ...out, `${work}.js`]);
  const chunks = new Map(readdirSync(work).map((file) => [file, readFileSync(`${work}/${file}`)]));
  const entry = `${basename(work)}.js`;
  const atOnce = new Set([entry]);
  // A browser or a server loads what is imported statically before the first line runs, wherever the bundler has put it.
  for (const chunk of atOnce) {
    const code = new TextDecoder().decode(chunks.get(chunk));
    for (const [, name] of code.matchAll(/\b(?:from|import)\s*"(\.\/[^"]+)"/g)) atOnce.add(basename(name!));
  }
  return { entry, chunks, atOnce };
}

/** What esbuild tells of a bundle. */
interface Metafile {
  readonly inputs: Readonly<
    Record<
      string,
      { readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[] }
    >
  >;
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

async function metafile(folder: string, text: string): Promise<Metafile & Bundle> {
  const file = `${folder}/metafile.json`;
  const made = await bundle(folder, text, [...BUNDLERS.esbuild, `--metafile=${file}`]);
  return { ...JSON.parse(readFileSync(file, "utf8")), ...made };
}
