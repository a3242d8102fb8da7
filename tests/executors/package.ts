/**
 * The package as JSR serves it to npm: every module a `.js` file, in which imports were rewritten and nothing else.
 *
 * @module
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import * as module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface BunGlobal {
  readonly Transpiler: new (options: { readonly loader: "ts" }) => { transformSync(code: string): string };
}

/** Writes the package into the node_modules of a folder. */
export async function writePackage(folder: string): Promise<void> {
  const target = join(folder, "node_modules/@loop/asyncio");
  const files = await readdir(join(root, "src"), { recursive: true });
  const sources = ["mod.ts", ...files.filter((file) => file.endsWith(".ts")).map((file) => join("src", file))];
  const strip = transpiler();
  for (const source of sources) {
    const to = join(target, source.replace(/\.ts$/, ".js"));
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, renamed(strip(await readFile(join(root, source), "utf8"))));
  }
  const exports = { ".": "./mod.js" };
  await writeFile(
    join(target, "package.json"),
    JSON.stringify({ name: "@loop/asyncio", version: "0.0.0", type: "module", exports }),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
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

/** Modules name each other by `from "…"` and `import("…")`. */
function renamed(code: string): string {
  return code.replace(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"');
}
