/** Async functions that nobody awaits when `run()` ends. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFile } from "../loop/processes.ts";

const run = (program: string) => runFile(new URL("./fixtures/floating.ts", import.meta.url), program);

describe("An async function that floats when run() ends", () => {
  for (
    const program of [
      "floating",
      "floating in a coroutine",
      "floating in a callback",
      "floating as main ends at once",
      "called last by a main that is a coroutine",
      "on the way to its first await as main ends",
      "called last, beside another run()",
    ]
  ) {
    it(`is cancelled, and its cleanup waited for: ${program}`, async () => {
      const { code, output, errors } = await run(program);
      assertEquals(output, ["cleaned up", "over"], errors);
      assertEquals([code, errors], [0, ""]);
    });
  }

  it("is one of many, all of which clean up", async () => {
    const { code, output, errors } = await run("many floating");
    assertEquals(output, [...Array(50).fill("cleaned up"), "over"], errors);
    assertEquals([code, errors], [0, ""]);
  });

  it("may be of a task that ended long before", async () => {
    const { code, output, errors } = await run("left by a task that ended long before");
    assertEquals(output, ["main ends", "cleaned up", "over"], errors);
    assertEquals([code, errors], [0, ""]);
  });

  it("may be over long before another's cleanup", async () => {
    const { code, output, errors } = await run("beside a longer cleanup");
    assertEquals(output, ["cleaned up", "the other cleaned up", "over"], errors);
    assertEquals([code, errors], [0, ""]);
  });

  it("does the same in each of two runs", async () => {
    const { code, output, errors } = await run("twice");
    assertEquals(output, ["cleaned up", "cleaned up", "over"], errors);
    assertEquals([code, errors], [0, ""]);
  });

  it("and waits for the host is left alone", async () => {
    const { code, output, errors } = await run("in a wait of the host");
    assertEquals(output, ["over", "the host came back"], errors);
    assertEquals([code, errors], [0, ""]);
  });

  for (const program of ["an error of its own", "an error of its own in the cleanup"]) {
    it(`with ${program} ends the process as any rejection does that nobody handles`, async () => {
      const { code, output, errors } = await run(program);
      assert(code !== 0, `the code is ${code}, the output ${output}`);
      assertStringIncludes(errors, "of its own");
    });
  }

  it("does not hide a rejection of others: that ends the process as ever", async () => {
    const { code, output, errors } = await run("a foreign error as the loop closes");
    assert(code !== 0, `the code is ${code}, the output ${output}`);
    assertStringIncludes(errors, "foreign");
  });

  it("leaves a rejection of others to whoever listens, who hears it once", async () => {
    const { code, output, errors } = await run("a foreign error, and somebody listens");
    // Node and Bun tell every listener of all rejections: this one may hear of the cancel as well.
    assertEquals(output.filter((line) => line.includes("foreign")), ["heard Error: foreign"], errors);
    assertEquals(output.at(-1), "over");
    assertEquals(code, 0, errors);
  });

  it("is gone from allTasks() afterwards, wherever it was called", async () => {
    const { code, output, errors } = await run("of a scope, of a task and as a task");
    assertEquals(output, ["a", "b", "c", "0 tasks", "over"], errors);
    assertEquals([code, errors], [0, ""]);
  });
});
