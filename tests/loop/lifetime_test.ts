import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "./processes.ts";

describe("The process", () => {
  for (const waiting of ["future", "for ever", "runForever", "promise"]) {
    it(`stays alive while a root runs: ${waiting}`, async () => {
      const { code, output, errors } = await runFixture("lifetime.ts", waiting);
      assertEquals(output, ["alive"], errors);
      assertEquals(code, 0);
    });
  }

  for (const over of ["left", "never run", "stopped"]) {
    it(`ends once no root runs, whatever is queued: ${over}`, async () => {
      const { code, output, errors } = await runFixture("lifetime.ts", over);
      assertEquals(output, ["over"], errors);
      assertEquals(code, 0);
    });
  }

  it("of a main that failed ends with an error that names it", async () => {
    const { code, errors } = await runFixture("lifetime.ts", "failed");
    assertStringIncludes(errors, "main failed");
    assertEquals(code, 1);
  });
});
