/**
 * What several configurations repeat, since no tool reads another's: it must not drift apart.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const read = async (file: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`../../${file}`, import.meta.url))) as Record<string, unknown>;

const deno = await read("deno.json");

describe("The configurations", () => {
  it("of Deno, with and without JSR, are the same but for the links and what only tasks and publishing need", async () => {
    const offline = await read("deno.offline.json");
    for (const key of ["name", "version", "license", "exports", "imports", "compilerOptions", "nodeModulesDir"]) {
      assertEquals(offline[key], deno[key], key);
    }
    for (const key of ["unstable", "test", "fmt", "lint"]) assertEquals(offline[key], deno[key], key);
  });

  it("name the same entry points for Node and Bun", async () => {
    const { name, exports } = await read("package.json");
    assertEquals([name, exports], [deno["name"], deno["exports"]]);
  });
});
