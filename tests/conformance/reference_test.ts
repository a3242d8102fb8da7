import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { play } from "./reference/play.ts";
import { randomProgram } from "./reference/random_program.ts";
import { moduleWorld, referenceWorld } from "./reference/world.ts";

const PROGRAMS = 500;

describe("The loop and a plain transcript of the rules", () => {
  it(`${PROGRAMS} random programs run in the same order on both`, async () => {
    let entries = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const program = randomProgram(seed);
      const expected = await play(referenceWorld(), program);
      const actual = await play(moduleWorld(), program);
      assertEquals(actual, expected, `seed ${seed}`);
      entries += expected.length;
    }
    assert(entries > 10 * PROGRAMS, "the programs do too little to tell the loops apart");
  });
});
