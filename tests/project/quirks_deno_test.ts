/**
 * What is written down of the quirks of runtimes: each entry names a test that exists, and stands where the code heeds it.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { QUIRKS as bun } from "../../src/adapters/bun/quirks.ts";
import { QUIRKS as deno } from "../../src/adapters/deno/quirks.ts";
import { QUIRKS as node } from "../../src/adapters/node/quirks.ts";

const root = new URL("../../", import.meta.url);

async function texts(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await texts(new URL(`${name}/`, folder)));
    else if (name.endsWith(".ts") && name !== "quirks.ts") {
      found.push(await Deno.readTextFile(new URL(name, folder)));
    }
  }
  return found;
}

/** The quirks that comments name: "quirk `a`", or "quirks `a`, `b` and `c`". */
function namedIn(text: string): string[] {
  const flat = text.replace(/\s*\n\s*(\*|\/\/)?\s*/g, " ");
  return [...flat.matchAll(/\b[Qq]uirks?((?:(?:,| and)? `[a-z\d-]+`)+)/g)]
    .flatMap(([, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

const all = Object.entries({ deno, bun, node });

describe("The quirks of the runtimes", () => {
  it("each name a test that exists", async () => {
    const tests = (await texts(new URL("tests/", root))).join("\n");
    for (const [runtime, quirks] of all) {
      for (const { id, test } of quirks) {
        const exists = ['"', "`"].some((quote) => tests.includes(`it(${quote}${test}${quote}`));
        assert(exists, `${id} of ${runtime} names no test: ${test}`);
      }
    }
  });

  it("are those that the code heeds, and no others", async () => {
    const heeded = new Set((await texts(new URL("src/", root))).flatMap(namedIn));
    assertEquals([...heeded].sort(), [...new Set(all.flatMap(([, quirks]) => quirks.map(({ id }) => id)))].sort());
  });

  it("have names of their own, and say what happens and what is done", () => {
    for (const [runtime, quirks] of all) {
      assertEquals(new Set(quirks.map(({ id }) => id)).size, quirks.length, runtime);
      for (const { id, since, happens, done } of quirks) {
        assert(/^[a-z]+(-[a-z]+)*$/.test(id) && /^\d+(\.\d+)?$/.test(since), `${id} of ${runtime}`);
        for (const sentence of [happens, done]) {
          assert(/ .*\.$/.test(sentence), `${id} of ${runtime}: ${sentence}`);
        }
      }
    }
  });
});
