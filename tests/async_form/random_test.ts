import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { playSeed, Rejections } from "./random/play.ts";

const SEEDS = 4_000;
const BLOCK = 500;

/**
 * What they must keep: tokens, items and notifications are conserved; nobody waits beside what is free; each cancel is
 * heard once, and no cleanup is cut but by a second one; who runs and in which context is right after every wait; no task
 * is left. `tests/async_form/random/run.ts --seed N` prints one.
 */
describe("Random programs of both forms, with promises, races, async iterators and waits for the host", () => {
  for (let first = 1; first <= SEEDS; first += BLOCK) {
    it(`keep what they must keep, seeds ${first} to ${first + BLOCK - 1}`, async () => {
      using rejections = new Rejections();
      const found: string[] = [];
      for (let seed = first; seed < first + BLOCK; seed++) {
        const { problems, late } = await playSeed(seed, rejections.take);
        if (problems.length > 0) found.push(`seed ${seed}: ${problems.join("\n  ")}`);
        if (late) break;
      }
      assertEquals(found.length, 0, `${found.length} of ${BLOCK} do not:\n${found.slice(0, 10).join("\n")}`);
    });
  }
});
