import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { stub } from "@std/testing/mock";
import { judge } from "./suite.ts";
import * as summaries from "./summaries.ts";

describe("The summary of a test runner", () => {
  it("is read as Deno writes it", () => {
    assertEquals(summaries.deno("a ... ok\n\nok | 27 passed (2 steps) | 0 failed | 1 ignored (24ms)\n"), {
      passed: 27,
      failed: 0,
    });
    assertEquals(summaries.deno("FAILED | 1 passed | 2 failed (1 step) (3s)\n"), { passed: 1, failed: 2 });
    assertEquals(summaries.deno("error: Type checking failed.\n"), undefined);
  });

  it("is read as Bun writes it", () => {
    assertEquals(summaries.bun(" 28 pass\n 1 skip\n 1 fail\n 1 error\nRan 30 tests"), { passed: 28, failed: 1 });
    assertEquals(summaries.bun("Segmentation fault"), undefined);
  });

  it("is read as Node writes it", () => {
    assertEquals(summaries.node("ℹ tests 3\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\n"), { passed: 1, failed: 2 });
    assertEquals(summaries.node("✔ one\n"), undefined);
  });
});

describe("A test runner", () => {
  const good = { passed: 2, failed: 0 };
  const cases = {
    "whose tests passed has no failure": [judge.bind(null, "x", good, true), good],
    "that fell silent has failed": [judge.bind(null, "x", good, false, true), { passed: 2, failed: 1 }],
    "that ended without a summary has failed": [judge.bind(null, "x", undefined, true), { passed: 0, failed: 1 }],
    "that ran no test has failed": [judge.bind(null, "x", { passed: 0, failed: 0 }, true), { passed: 0, failed: 1 }],
    "that failed although its tests passed has failed": [judge.bind(null, "x", good, false), { passed: 2, failed: 1 }],
    "whose tests failed is counted as it says": [
      judge.bind(null, "x", { passed: 2, failed: 3 }, false),
      { passed: 2, failed: 3 },
    ],
  } as const;
  for (const [name, [verdict, expected]] of Object.entries(cases)) {
    it(name, () => {
      using _silence = stub(console, "error");
      assertEquals(verdict(), expected);
    });
  }
});
