/**
 * Every program of the pages, run with the flags that stand there.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { codeBlocks, pages, runBlocks } from "./code_blocks.ts";

for (const page of await pages()) {
  const blocks = await codeBlocks(page);
  if (blocks.length === 0) continue;
  describe(page, () => {
    it("has programs that run, and print what it says", async () => {
      const failed = (await runBlocks(blocks)).filter(({ failure }) => failure !== null);
      assertEquals(failed.map(({ block, failure }) => `${block.place}: ${failure}`), []);
    });
  });
}

describe("The pages", () => {
  it("have programs", async () => {
    let count = 0;
    for (const page of await pages()) count += (await codeBlocks(page)).filter(({ ignored }) => !ignored).length;
    assert(count > 5, `${count} programs were found`);
  });
});
