import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { runFile } from "../loop/processes.ts";
import { ADAPTERS } from "./adapters.ts";

const FILE = new URL("./fixtures/rejections.ts", import.meta.url);

for (const { name } of [...ADAPTERS, new VirtualAdapter()]) {
  const run = (program: string) => runFile(FILE, name, program);

  /** Runs a program that must end well, and gives what it wrote before that. */
  const succeeds = async (program: string): Promise<string[]> => {
    const { code, output, errors } = await run(program);
    assertEquals(output.pop(), "over", errors);
    assertEquals([code, errors], [0, ""]);
    return output;
  };

  /** Runs a program that a rejection must end with an error: at once, or on Bun, as without a listener, when it has nothing left to do. */
  const fails = async (program: string, word: string): Promise<void> => {
    const { code, output, errors } = await run(program);
    assert(code !== 0, `the code is ${code}, the output ${output}`);
    assertStringIncludes(errors, word);
    if (!("Bun" in globalThis)) assertEquals(output, [""]);
  };

  describe(`takeUpRejections() of the ${name} adapter`, () => {
    it("keeps what is ours from ending the process", async () => {
      assertEquals(await succeeds("ours"), []);
    });

    it("keeps what was rejected just before the end as well", async () => {
      assertEquals(await succeeds("just before the end"), []);
    });

    it("lets what comes after the end end the process", async () => {
      await fails("after the end", "ours, late");
    });

    it("lets what is not ours end the process", async () => {
      await fails("foreign", "foreign");
    });

    it("leaves what is not ours to whoever else listens", async () => {
      assertEquals(await succeeds("foreign, and somebody listens"), ["heard Error: foreign"]);
    });

    it("goes on as long as one of several loops has not ended", async () => {
      assertEquals(await succeeds("one of two has ended"), []);
    });

    it("may begin anew", async () => {
      assertEquals(await succeeds("taken up anew"), []);
    });

    it("does not keep the process alive", async () => {
      assertEquals(await succeeds("nothing"), []);
    });
  });
}
