/**
 * How many modules a program loads, and how large it is as a bundle.
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

const exported = (names: string, from: string) => `export ${names} from ${JSON.stringify(from)};\n`;
const serveApp = (main: string, http: string) =>
  `import { run } from ${JSON.stringify(main)};
import { serve } from ${JSON.stringify(http)};
await run(function* () {
  const server = yield* serve(() => new Response("hello"));
  yield* server.serveForever();
});
`;

const NAMES = "run, sleep, createTask, gather";
const [main, http] = [entryFile("."), entryFile("./http")];
/** The small program that is judged. */
export const SMALL: Bundled = { name: NAMES, text: exported(`{ ${NAMES} }`, main) };
/** The server that is judged. */
export const SERVE: Bundled = { name: "a serve app", text: serveApp(main, http) };
/** Programs of this module from its source. */
export const OWN: readonly Bundled[] = [SMALL, SERVE, { name: "everything in mod.ts", text: exported("*", main) }];

const [mainOfNpm, httpOfNpm] = [entrySpecifier("."), entrySpecifier("./http")];
/** Those that are judged, from the form in which npm has this module. */
export const OWN_OF_NPM: readonly Bundled[] = [
  { name: `${SMALL.name}, from npm's form`, text: exported(`{ ${NAMES} }`, mainOfNpm) },
  { name: `${SERVE.name}, from npm's form`, text: serveApp(mainOfNpm, httpOfNpm) },
];

/** What the peers have in the place of the small program. */
export const OF_PEERS: readonly Bundled[] = [
  { name: "p-queue", text: exported("{ default }", "p-queue") },
  { name: "Effection: run, spawn, sleep, all", text: exported("{ all, run, sleep, spawn }", "effection") },
  {
    name: "rxjs: from, timer, mergeMap, forkJoin",
    text: exported("{ forkJoin, from, lastValueFrom, mergeMap, timer }", "rxjs"),
  },
  {
    name: "Effect: gen, sleep, fork, all, runPromise",
    text: 'import { Effect, Fiber } from "effect";\nexport const used = ' +
      "[Effect.gen, Effect.sleep, Effect.forkChild, Effect.all, Effect.runPromise, Fiber.join];\n",
  },
];

const ESBUILD = `${FOLDER}/node_modules/.bin/esbuild`;
/** How bundlers are called. esbuild's bundles are judged. */
const BUNDLERS = {
  esbuild: [ESBUILD, ..."--bundle --splitting --minify --format=esm --external:node:*".split(" ")],
  bun: "bun build --splitting --minify --target=node".split(" "),
  deno: "deno bundle --quiet --code-splitting --minify --platform=deno".split(" "),
} as const;

interface Bundle {
  /** The name of the entry chunk, which is that of the program as well. */
  readonly entry: string;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** The names of the chunks that are loaded with the entry. */
  readonly atOnce: ReadonlySet<string>;
}

async function bundle(
  folder: string,
  text: string,
  bundler: keyof typeof BUNDLERS,
  ...flags: readonly string[]
): Promise<Bundle> {
  const work = `${folder}/bundle_${crypto.randomUUID()}`;
  writeFileSync(`${work}.js`, text);
  await output([...BUNDLERS[bundler], ...flags, `--outdir=${work}`, `${work}.js`]);
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

/** The sizes of a bundle, in bytes. */
export interface BundleSize {
  readonly name: string;
  readonly bundler: string;
  /** What is loaded at once: the entry chunk and every chunk that it imports statically. */
  readonly minified: number;
  readonly gzip: number;
  /** What is loaded when it is needed, compressed. */
  readonly later: number;
}

/** Bundles a program in a folder that has its packages. */
export async function measureBundle(
  folder: string,
  { name, text }: Bundled,
  bundler: keyof typeof BUNDLERS = "esbuild",
): Promise<BundleSize> {
  const { chunks, atOnce } = await bundle(folder, text, bundler);
  const sizes = [...chunks].map(([chunk, { length }]) => ({
    now: atOnce.has(chunk),
    length,
    gzip: gzipSync(chunks.get(chunk)!, { level: 9 }).length,
  }));
  const sum = (now: boolean, figure: "length" | "gzip") =>
    sizes.filter((size) => size.now === now).reduce((total, size) => total + size[figure], 0);
  return { name, bundler, minified: sum(true, "length"), gzip: sum(true, "gzip"), later: sum(false, "gzip") };
}

/** What esbuild tells of a bundle. */
interface Metafile extends Bundle {
  readonly inputs: Record<string, { readonly imports: { path: string; kind: string; external?: boolean }[] }>;
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

async function metafile(folder: string, text: string): Promise<Metafile> {
  const file = `${folder}/metafile.json`;
  const made = await bundle(folder, text, "esbuild", `--metafile=${file}`);
  return { ...JSON.parse(readFileSync(file, "utf8")), ...made };
}

/**
 * Counts the modules of this checkout's main entry point, without those that only have types: those that are loaded at once, and with them those
 * that a literal `import()` names anywhere, which Deno fetches at the start.
 */
export async function countModules(folder: string): Promise<{ readonly atOnce: number; readonly all: number }> {
  const { inputs, entry } = await metafile(folder, `import ${JSON.stringify(main)};\n`);
  const reach = (...kinds: readonly string[]) => {
    const found = new Set(Object.keys(inputs).filter((name) => basename(name) === entry));
    for (const file of found) {
      for (const { path, kind, external } of inputs[file]!.imports) {
        if (kinds.includes(kind) && !external) found.add(path);
      }
    }
    // Without the program itself.
    return found.size - 1;
  };
  return { atOnce: reach("import-statement"), all: reach("import-statement", "dynamic-import") };
}

/** Which files a program loads at once, the largest first, with how many bytes of the minified chunks come from each. */
export async function filesAtOnce(folder: string, { text }: Bundled): Promise<[file: string, bytes: number][]> {
  const { outputs, atOnce } = await metafile(folder, text);
  const bytes = new Map<string, number>();
  for (const [chunk, { inputs }] of Object.entries(outputs)) {
    if (!atOnce.has(basename(chunk))) continue;
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].sort(([, a], [, b]) => b - a);
}
