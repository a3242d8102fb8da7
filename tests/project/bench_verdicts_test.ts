/**
 * How the benches judge a figure. What they measure is not tested: a machine that does other things does not tell.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Reached } from "../../bench/harness/section.ts";
import { type Best, judge, toWord } from "../../bench/report/verdicts.ts";

const BEST: Best = {
  Deno: { "hot/lock": [1.2, 1.1, 1.3], "process/read": [1, 1, 1], "http/first/bare": [0.9, 0.85, 0.95] },
  all: { "size/modules": [100, 100, 100] },
};

function word(figure: Partial<Reached>, median: number, low = median, high = median): string {
  const held = { median, low, high };
  return toWord(judge([{ id: "hot/lock", on: "Deno", what: "", value: 30, unit: "ns", held, ...figure }], BEST)[0]!);
}

describe("A figure of a bench", () => {
  it("may miss its goal as long as it is near the best so far", () => {
    assertEquals(word({}, 1.25), "missed");
    assertEquals(word({ value: 25 }, 1.25), "met");
  });

  it("is worse than the best so far if all of its middle half is beyond the best one's", () => {
    assertEquals(word({}, 1.5, 1.3, 1.7), "missed");
    assertEquals(word({}, 1.5, 1.31, 1.7), "**worse than the best**");
    assertEquals(word({ value: 25 }, 1.5, 1.31, 1.7), "**worse than the best**");
  });

  it("may always differ by a twentieth, and a size by a hundredth", () => {
    assertEquals(word({ id: "process/read", value: 1.04, unit: "ratio" }, 1.04), "met");
    assertEquals(word({ id: "process/read", value: 1.06, unit: "ratio" }, 1.06), "**worse than the best**");
    const modules = { id: "size/modules", on: "all", unit: "count", exact: true } as const;
    assertEquals(word({ ...modules, value: 101 }, 101), "missed");
    assertEquals(word({ ...modules, value: 102 }, 102), "**worse than the best**");
  });

  it("is better the higher it is where the goal is a least", () => {
    const first = { id: "http/first/bare", unit: "ratio" } as const;
    assertEquals(word({ ...first, value: 0.96 }, 0.96), "met");
    assertEquals(word({ ...first, value: 0.8 }, 0.8, 0.75, 0.84), "**worse than the best**");
    assertEquals(
      judge([{ ...first, on: "Deno", what: "", value: 1, held: { median: 1, low: 1, high: 1 } }], BEST)[0]!.isBest,
      true,
    );
  });

  it("is the best so far where there was none, and never if it is a time", () => {
    const [bun, time] = judge([
      { id: "hot/lock", on: "Bun", what: "", value: 30, unit: "ns", held: { median: 2, low: 2, high: 2 } },
      { id: "latency/http", on: "Bun", what: "", value: 30, unit: "ms" },
    ], BEST);
    assertEquals([bun!.isBest, bun!.isWorse], [true, false]);
    assertEquals([time!.isBest, time!.isWorse, time!.met], [false, false, false]);
  });
});
