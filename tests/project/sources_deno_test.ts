/**
 * What the sources may import: one another, and nothing that a bundler for a browser would look for in vain.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Import, importsOf, readSources } from "./sources.ts";

/** The types of Hono, by which nothing is loaded. */
function typesOfHono(file: string, { kind, specifier }: Import): boolean {
  return /^src\/hono\//.test(file) && kind === "type" && /^hono(\/|$)/.test(specifier);
}

/** The package that ./otel speaks to, which is loaded by nobody else. */
function ofTelemetry(file: string, { specifier }: Import): boolean {
  return /^src\/otel\//.test(file) && specifier === "@opentelemetry/api";
}

describe("The sources", () => {
  it("import one another and nothing else, neither a module of the runtime's nor a package", async () => {
    let found = 0;
    const wrong: string[] = [];
    for (const { file, imports } of (await readSources()).values()) {
      for (const one of imports) {
        found++;
        const isAllowed = typesOfHono(file, one) || ofTelemetry(file, one);
        if (!/^\.\.?\//.test(one.specifier) && !isAllowed) wrong.push(`${file}: ${one.specifier}`);
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
    for (const way of ways) assertEquals(importsOf(way).map(({ specifier }) => specifier), ["node:fs"], way);
    assertEquals(importsOf('const text = `write import "node:fs";`;'), []);
    assertEquals(importsOf('/** import { a } from "node:fs"; */\nexport const a = "node:fs";\n'), []);
  });
});
