import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, Event, gather, getRunningLoop, run, RuntimeError, sleep } from "../../mod.ts";
import {
  exhaustiveStrategy,
  explore,
  ExploreError,
  type ExploreOptions,
  InvariantError,
  pctStrategy,
  type Strategy,
} from "../../src/testing/mod.ts";

/** Tasks that note the order of their steps. */
function steps(names: string, each: number, done: (order: string) => void) {
  return async () => {
    let order = "";
    for (const name of names) {
      createTask(async () => {
        for (let i = 0; i < each; i++) {
          order += name;
          await sleep(0);
        }
      }, { name });
    }
    await sleep(1);
    done(order);
  };
}

describe("explore()", () => {
  it("tries any order of the steps that are ready in an iteration", async () => {
    const seen = new Set<string>();
    const result = await explore(steps("abc", 1, (order) => seen.add(order)), { seeds: 100 });
    assertEquals(result, { runs: 100, exhausted: false });
    assertEquals([...seen].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
  });

  it("keeps the order of callbacks, of timers, and of the callbacks of one future", async () => {
    const seen = new Set<string>();
    await explore(async () => {
      const loop = getRunningLoop();
      let order = "";
      const future = loop.createFuture<void>();
      const note = (word: string) => () => void (order += word);
      future.addDoneCallback(note("1"));
      createTask(async () => {
        await future;
        order += "t";
      });
      await sleep(1);
      future.addDoneCallback(note("2"));
      loop.callSoon(note("3"));
      loop.callAt(loop.time() + 5, note("5"));
      loop.callAt(loop.time() + 5, note("6"));
      createTask(sleep(0));
      future.setResult();
      loop.callSoon(note("4"));
      await sleep(10);
      // The task waits for the future as well, so it is a callback of it, before 2 and after 1 or later.
      assert(order.indexOf("t") > order.indexOf("1"), order);
      seen.add(order.replace("t", ""));
    }, { seeds: 200 });
    assertEquals([...seen], ["312456"]);
  });

  it("shrinks to the fewest switches, and prints seed, events and the line that runs it again", async () => {
    const program = async () => {
      let order = "";
      await gather(
        "abcdef".split("").map((name) => async () => {
          await sleep(0);
          order += name;
          await sleep(0);
        }),
      );
      if (order.indexOf("f") < order.indexOf("a")) throw new RangeError(`in the order ${order}`);
    };
    const error = await assertRejects(() => explore(program), ExploreError);
    assertEquals(error.switches, 1);
    assertInstanceOf(error.cause, RangeError);
    assertStringIncludes(error.message, `(seed ${error.seed}): RangeError: in the order`);
    assertStringIncludes(error.message, " before ");
    assertStringIncludes(error.message, `explore(program, { replay: "${error.replay}" })`);
    const whole = await assertRejects(() => explore(program, { shrink: false }), ExploreError);
    assert(whole.switches > 1);
  });

  it("checks an invariant before each step and at the end", async () => {
    let balance = 0;
    const program = async () => {
      balance = 0;
      await gather([async () => {
        await sleep(0);
        balance += 10;
      }, async () => {
        await sleep(0);
        balance -= 10;
      }]);
    };
    assertEquals((await explore(program, { replay: "0:", invariant: () => balance >= 0 })).runs, 1);
    const error = await assertRejects(() => explore(program, { invariant: () => balance >= 0 }), ExploreError);
    assertInstanceOf(error.cause, InvariantError);
    await assertRejects(
      () => explore(program, { seeds: 1, invariant: async () => await sleep(0) }),
      ExploreError,
      "Promise",
    );
  });

  it("fails with an error that reaches nobody, and with a deadlock", async () => {
    await assertRejects(
      () =>
        explore(async () => {
          getRunningLoop().callSoon(() => {
            throw new RangeError("of a callback");
          });
          await sleep(1);
        }, { seeds: 1 }),
      ExploreError,
      "of a callback",
    );
    await assertRejects(() => explore(() => new Event().wait(), { seeds: 1 }), ExploreError, "DeadlockError");
  });

  it("names what makes a program different from run to run", async () => {
    const reads: Record<string, () => number> = {
      "Math.random()": () => Math.random(),
      "performance.now()": () => performance.now(),
    };
    for (const [name, read] of Object.entries(reads)) {
      let last = NaN;
      const program = async () => {
        const value = read();
        const isNew = value !== last;
        last = value;
        await sleep(isNew && second++ % 2 === 0 ? 0 : 1);
        if (isNew && second % 2 === 1) throw new Error("by chance");
      };
      let second = 0;
      const error = await assertRejects(() => explore(program, { seeds: 5 }), RuntimeError, "Cannot reproduce");
      assertStringIncludes(error.message, name);
      assertStringIncludes(error.message, "fakeGlobals: true");
    }
    let runs = 0;
    const kept = await assertRejects(
      () =>
        explore(async () => {
          await sleep(0);
          if (++runs === 3) throw new Error("the third time");
        }, { seeds: 5 }),
      RuntimeError,
      "something is left of the run before",
    );
    assertEquals((kept.cause as Error).message, "the third time");
  });

  it("gives random numbers that follow from the seed", async () => {
    const program = async () => {
      await sleep(0);
      if (Math.random() < 0.2) throw new RangeError("unlucky");
    };
    const error = await assertRejects(() => explore(program, { fakeGlobals: true }), ExploreError, "unlucky");
    await assertRejects(() => explore(program, { fakeGlobals: true, replay: error.replay }), ExploreError, "unlucky");
  });

  it("ends a program that never becomes idle", async () => {
    await assertRejects(
      () =>
        explore(function* () {
          for (;;) yield* sleep(0);
        }, { seeds: 1, maxSteps: 1_000 }),
      ExploreError,
      "1000 steps",
    );
  });

  it("tries the seeds that it is given", async () => {
    const begun: number[] = [];
    const strategy: Strategy = { begin: (seed) => void begun.push(seed), choose: () => 0 };
    await explore(() => sleep(1), { seeds: [7, 5], strategy });
    assertEquals(begun, [7, 5]);
  });

  it("refuses what it cannot explore", async () => {
    const program = () => sleep(1);
    const bad: [unknown, ExploreOptions, string][] = [
      [sleep(1), {}, "generator or async function itself"],
      [program, { seed: 1 } as never, 'unknown option "seed"'],
      [program, { seeds: 0 }, "at least 1"],
      [program, { seeds: [] }, "at least 1"],
      [program, { seeds: [0.5] }, "whole numbers"],
      [program, { strategy: "fast" as never }, '"random", "pct", "exhaustive"'],
      [program, { invariant: true as never }, "give a function"],
      [program, { replay: "no" }, "what a failed explore() has printed"],
      [program, { replay: "1:5=1" }, "not as many choices"],
    ];
    for (const [what, options, message] of bad) {
      const error = await explore(what as typeof program, options).then(() => null, (error: Error) => error);
      assertStringIncludes(error?.message ?? "", message);
    }
    const wrong: Strategy = { choose: (count) => count };
    await assertRejects(() => explore(steps("ab", 1, () => {}), { strategy: wrong, seeds: 1 }), Error, "strategy, 3");
    assertThrows(() => pctStrategy({ depth: 0 }), RangeError);
    assertThrows(() => exhaustiveStrategy({ independent: true as never }), TypeError);
    await run(async () => {
      const error = await explore(program).then(() => null, (error: Error) => error);
      assertInstanceOf(error, RuntimeError);
      assertStringIncludes(error.message, "explore() inside a running event loop");
    });
  });
});

describe("The exhaustive strategy", () => {
  it("tries each order once", async () => {
    const seen: string[] = [];
    const result = await explore(steps("abc", 2, (order) => seen.push(order)), { strategy: "exhaustive" });
    assertEquals([result.exhausted, seen.length, new Set(seen).size], [true, 216, 36]);
  });

  it("leaves out orders that differ in independent steps alone", async () => {
    const seen: string[] = [];
    const strategy = exhaustiveStrategy({ independent: (one, other) => one === "c" || other === "c" });
    const result = await explore(steps("abc", 2, (order) => seen.push(order)), { strategy });
    assertEquals(result.exhausted, true);
    // Every task takes three steps, of which the last does nothing. Two orders of a and b in each of two iterations, and c anywhere.
    assertEquals(new Set(seen.map((order) => order.replaceAll("c", ""))), new Set(["abab", "abba", "baab", "baba"]));
    assert(seen.length < 216, String(seen.length));
  });

  it("stops at as many as there are seeds", async () => {
    const result = await explore(steps("abcd", 2, () => {}), { strategy: "exhaustive", seeds: 10 });
    assertEquals(result, { runs: 10, exhausted: false });
  });
});

describe("The PCT strategy", () => {
  it("finds what needs one task to be late again and again", async () => {
    const program = async () => {
      let turns = 0;
      await gather([async () => {
        for (let i = 0; i < 6; i++) {
          turns++;
          await sleep(0);
        }
      }, async () => {
        let last = -1;
        for (let i = 0; i < 6; i++) {
          if (turns === last) throw new Error("overtaken");
          last = turns;
          await sleep(0);
        }
      }]);
    };
    await assertRejects(() => explore(program, { strategy: "pct", seeds: 100 }), ExploreError, "overtaken");
  });
});

describe("The same seed", () => {
  const generatorForm = function* () {
    const seen: string[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      createTask(function* () {
        for (let i = 0; i < 2; i++) {
          yield* sleep(i);
          seen.push(name);
        }
      }, { name });
    }
    yield* sleep(5);
    throw new Error(seen.join(""));
  };
  const asyncForm = async () => {
    const seen: string[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      createTask(async () => {
        for (let i = 0; i < 2; i++) {
          await sleep(i);
          seen.push(name);
        }
      }, { name });
    }
    await sleep(5);
    throw new Error(seen.join(""));
  };

  it("gives the same events byte for byte on every runtime, in both forms", async () => {
    const expected = EXPECTED;
    for (const program of [generatorForm, asyncForm]) {
      const error = await assertRejects(() => explore(program, { seeds: [42], shrink: false }), ExploreError);
      assertEquals([error.trace, (error.cause as Error).message, error.replay], expected);
    }
  });
});

/** Written down from a run of seed 42. */
const EXPECTED: string[] = [
  [
    "      0 ms  main",
    "      0 ms  b before a",
    "      0 ms  d before a, c",
    "      0 ms  c before a",
    "      0 ms  a",
    "      0 ms  c before b, d",
    "      0 ms  a before b, d",
    "      0 ms  d before b",
    "      0 ms  b",
    "      1 ms  d returns before c, a",
    "      1 ms  b returns before c, a",
    "      1 ms  a returns before c",
    "      1 ms  c returns",
    "      5 ms  main fails",
  ].join("\n"),
  "cadbdbac",
  "42:0=1,1=2,2=1,3=2,4=2,5=1,6=2,7=2,8=1",
];
