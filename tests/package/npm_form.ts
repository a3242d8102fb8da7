/**
 * The package as JSR serves it to npm: of the modules that the entry points lead to, and of no other file, each is a `.js` file, in which
 * imports were rewritten and nothing else.
 *
 * @module
 */
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import * as module from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface BunGlobal {
  readonly Transpiler: new (options: { readonly loader: "ts" }) => { transformSync(code: string): string };
}

/** Writes the package into the node_modules of a folder, and gives the names of its files. */
export async function writePackage(folder: string): Promise<string[]> {
  const target = join(folder, "node_modules/@loop/asyncio");
  const config: { exports: Record<string, string> } = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  const strip = transpiler();
  const reached = new Set(Object.values(config.exports).map((entry) => posix.normalize(entry)));
  // What is added on the way is come to as well.
  for (const source of reached) {
    const code = await readFile(join(root, source), "utf8");
    for (const name of importsOf(code)) {
      const path = posix.join(posix.dirname(source), name);
      if (await exists(join(root, path))) reached.add(path);
    }
    const to = join(target, toJs(source));
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, renamed(strip(code)));
  }
  const exports = Object.fromEntries(Object.entries(config.exports).map(([name, file]) => [name, toJs(file)]));
  await writeFile(
    join(target, "package.json"),
    JSON.stringify({ name: "@loop/asyncio", version: "0.0.0", type: "module", exports }),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return [...reached].map(toJs).sort();
}

function transpiler(): (code: string) => string {
  const { Bun } = globalThis as { readonly Bun?: BunGlobal };
  if (Bun !== undefined) {
    const transpiler = new Bun.Transpiler({ loader: "ts" });
    return (code) => transpiler.transformSync(code);
  }
  const { stripTypeScriptTypes } = module as unknown as { stripTypeScriptTypes(code: string): string };
  return stripTypeScriptTypes;
}

/** The modules that a module names, those of which it has only types too. A text of a message may look like one, and names no file. */
function importsOf(code: string): string[] {
  const bare = code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...bare.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*)"/g)].map(([, name]) => name!);
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false);
}

function toJs(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/** Modules name each other by `from "…"` and `import("…")`. */
function renamed(code: string): string {
  return code.replace(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"');
}
