/**
 * The declarations of the package, as compilers see them that check every file: what a program must have is what its README says.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { unpackInto } from "./packed.ts";
import { Tools } from "./tools.ts";

/** The oldest compiler that reads them, and the newest. */
const node = await Tools.install("declarations-node", {
  "typescript": "5.7.3",
  "@types/node": "24.19.4",
  "hono": "4.13.19",
});
const bun = await Tools.install("declarations-bun", { "typescript": "7.0.2", "@types/bun": "1.4.5" });

const STRICT = [
  ..."--noEmit --strict --skipLibCheck false --exactOptionalPropertyTypes --noUncheckedIndexedAccess".split(" "),
  ..."--target es2022 --module nodenext --moduleResolution nodenext".split(" "),
];

/** What the compiler says of a program that uses the package, in a project with these packages and libraries. */
async function compile(tools: Tools, fixtures: readonly string[], ...flags: (readonly string[])[]): Promise<string[]> {
  const said: string[] = [];
  await tools.project(async (folder) => {
    await unpackInto(folder);
    for (const file of fixtures) await Deno.copyFile(new URL(`fixtures/${file}`, import.meta.url), `${folder}/${file}`);
    for (const more of flags) {
      said.push(await tools.run(folder, "tsc", ...STRICT, ...more, ...fixtures));
    }
  });
  return said;
}

describe("The declarations", { ignore: node === null || bun === null }, () => {
  it("compile with TypeScript 5.7 and the types of Node, with those of browsers and without", async () => {
    const said = await compile(
      node!,
      ["consumer.ts", "hono_consumer.ts"],
      ["--types", "node", "--lib", "es2022,dom"],
      ["--types", "node", "--lib", "es2024"],
    );
    assertEquals(said, ["code 0", "code 0"]);
  });

  it("compile with TypeScript 7 and the types of Bun, and without Hono", async () => {
    assertEquals(await compile(bun!, ["consumer.ts"], ["--types", "bun", "--lib", "esnext"]), ["code 0"]);
  });

  it("need esnext.disposable and dom.iterable where no runtime's types are", async () => {
    const libraries = "es2022,dom,dom.iterable,esnext.disposable";
    assertEquals(await compile(bun!, ["consumer.ts"], ["--types", "", "--lib", libraries]), ["code 0"]);
  });
});
