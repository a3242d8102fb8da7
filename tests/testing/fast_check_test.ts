/**
 * A property-testing library as the chooser: it makes the orders up, and shrinks them.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, gather, sleep } from "../../mod.ts";
import { explore, type Strategy } from "../../src/testing/mod.ts";
import { load } from "../packages.ts";

/** What is used of fast-check. */
interface FastCheck {
  array(of: unknown, options: { maxLength: number }): unknown;
  nat(most: number): unknown;
  asyncProperty(choices: unknown, check: (choices: number[]) => Promise<void>): unknown;
  check(property: unknown, options: { seed: number; numRuns: number }): Promise<{
    failed: boolean;
    numRuns: number;
    counterexample: [number[]] | null;
  }>;
}

const fc = load<FastCheck>("fast-check/lib/cjs/fast-check.js");

/** Chooses as a list says; nothing is left to choose where the list ends. */
function choosing(choices: readonly number[]): Strategy {
  let at = 0;
  return { choose: (count) => (choices[at++] ?? 0) % count };
}

async function withdrawTwice(): Promise<void> {
  let balance = 100;
  const withdraw = async (amount: number, steps: number) => {
    for (let i = 0; i < steps; i++) await sleep(0);
    if (balance < amount) return;
    await sleep(0);
    balance -= amount;
  };
  createTask(sleep(0));
  await gather([() => withdraw(60, 1), () => withdraw(60, 3)]);
  if (balance < 0) throw new Error("withdrawn twice");
}

/** Two steps behind, the other one sees what the first has left, unless it is overtaken. */
async function overtaken(): Promise<void> {
  const seen: string[] = [];
  await gather(["a", "b", "c"].map((name) => async () => {
    await sleep(0);
    seen.push(name);
  }));
  if (seen[0] === "c") throw new Error("c first");
}

describe("fast-check as the chooser", () => {
  const check = (program: () => Promise<void>) =>
    fc.check(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 20 }), async (choices) => {
        await explore(program, { seeds: 1, strategy: choosing(choices), shrink: false });
      }),
      { seed: 1, numRuns: 300 },
    );

  it("finds an order that fails, and shrinks it", async () => {
    const { failed, counterexample } = await check(overtaken);
    assert(failed);
    const [choices] = counterexample!;
    await assertRejects(
      () => explore(overtaken, { seeds: 1, strategy: choosing(choices), shrink: false }),
      Error,
      "c first",
    );
    assertEquals(choices.filter((choice) => choice > 0).length, 1, String(choices));
  });

  it("finds nothing where no order fails", async () => {
    const { failed, numRuns } = await check(withdrawTwice);
    assertEquals([failed, numRuns], [false, 300]);
  });
});
