import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compiledAsyncFunctions, compiledGenerators } from "./reference/compiled.ts";
import { interpreted, play } from "./reference/play.ts";
import { type RandomProgram, randomProgram, type Step } from "./reference/random_program.ts";
import { moduleWorld, referenceWorld } from "./reference/world.ts";

const PROGRAMS = 500;

/** The program without eager starts, since JavaScript cannot run an async function past its first `await` at once. */
function withoutEagerStarts(program: RandomProgram): RandomProgram {
  const lazily = (step: Step): Step => {
    switch (step.do) {
      case "spawn":
        return { ...step, eager: false };
      case "repeat":
        return { ...step, steps: step.steps.map(lazily) };
      case "try":
        return {
          ...step,
          steps: step.steps.map(lazily),
          then: step.then.map(lazily),
          finally: step.finally.map(lazily),
        };
      default:
        return step;
    }
  };
  return program.map((body) => body.map(lazily));
}

const forms = [
  { title: "coroutines", form: interpreted, programOf: randomProgram },
  { title: "compiled coroutines", form: compiledGenerators, programOf: randomProgram },
  {
    title: "async functions",
    form: compiledAsyncFunctions,
    programOf: (seed: number) => withoutEagerStarts(randomProgram(seed)),
  },
];

describe("The loop and a plain transcript of the rules", () => {
  for (const { title, form, programOf } of forms) {
    it(`${PROGRAMS} random programs run in the same order on both, as ${title}`, async () => {
      let entries = 0;
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        const program = programOf(seed);
        const expected = await play(referenceWorld(), program);
        const actual = await play(moduleWorld(), program, form);
        assertEquals(actual, expected, `seed ${seed}`);
        entries += expected.length;
      }
      assert(entries > 10 * PROGRAMS, "the programs do too little to tell the loops apart");
    });
  }
});
