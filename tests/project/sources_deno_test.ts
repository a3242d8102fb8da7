/**
 * What the sources may import: one another, and nothing that a bundler for a browser would look for in vain.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const root = new URL("../../", import.meta.url);

async function* sources(folder: URL): AsyncGenerator<[file: string, code: string]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(name, folder);
    if (isDirectory) yield* sources(new URL(`${url.href}/`));
    else if (name.endsWith(".ts")) yield [url.href.slice(root.href.length), await Deno.readTextFile(url)];
  }
}

/** Every specifier that a module names outside of its comments, with the statement's beginning. */
function imports(code: string): [statement: string, specifier: string][] {
  const bare = code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const named = /\b(import(?:\s+type)?\b|export(?:\s+type)?\b|require)[^;"'`]*?["'`]([^"'`]+)["'`]/g;
  return [...bare.matchAll(named)]
    .filter(({ 0: all, index }) =>
      /\bfrom\s*["'`]|^(?:import|require)\s*\(/.test(all) ||
      // One that binds nothing begins its line; in a text of a message it does not.
      /^import\s*["'`]/.test(all) && /(?:^|\n)\s*$/.test(bare.slice(0, index))
    )
    .map(([, statement, specifier]) => [statement!.replace(/\s+/g, " "), specifier!]);
}

/** The types of Hono, by which nothing is loaded. */
function typesOfHono(file: string, [statement, specifier]: [string, string]): boolean {
  return /^src\/hono\/\w+\.ts$/.test(file) && statement === "import type" && /^hono(\/|$)/.test(specifier);
}

describe("The sources", () => {
  it("import one another and nothing else, neither a module of the runtime's nor a package", async () => {
    let found = 0;
    const wrong: string[] = [];
    for await (const [file, code] of sources(new URL("src/", root))) {
      for (const one of imports(code)) {
        found++;
        if (!/^\.\.?\//.test(one[1]) && !typesOfHono(file, one)) wrong.push(`${file}: ${one.join(" ")}`);
      }
    }
    assertEquals(wrong, []);
    assert(found > 500, `the test has found only ${found} imports`);
  });

  it("would be caught if they did, however they did", () => {
    const ways = [
      'import { open } from "node:fs";',
      'import {\n  open,\n} from "node:fs";',
      'import fs from "node:fs"',
      "import * as fs from 'node:fs';",
      'import "node:fs";',
      'export { open } from "node:fs";',
      'export * from "node:fs";',
      'const fs = await import("node:fs");',
      'const load = () => import(\n  "node:fs"\n);',
      "const fs = await import(`node:fs`);",
      'const fs = require("node:fs");',
    ];
    for (const way of ways) assertEquals(imports(way).map(([, specifier]) => specifier), ["node:fs"], way);
    assertEquals(imports('const text = `write import "node:fs";`;'), []);
    assertEquals(imports('/** import { a } from "node:fs"; */\nexport const a = "node:fs";\n'), []);
  });
});
