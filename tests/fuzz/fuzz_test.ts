import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inputOf } from "./corpus.ts";
import { fuzz } from "./fuzz.ts";
import { HERE } from "./subject.ts";

/** Inputs of each seed, and milliseconds, whichever is less: a machine that does other things gets through fewer. */
const [INPUTS, LONGEST] = [1_008, 20_000];

describe("The fuzzer", () => {
  it("makes the same inputs of the same seed on every runtime", () => {
    const hash = createHash("sha256");
    for (let number = 0; number < 300; number++) {
      const { pieces, beneath, ...rest } = inputOf(1, number);
      hash.update(JSON.stringify(rest));
      for (const piece of [...pieces, beneath ?? new Uint8Array()]) hash.update(piece).update(String(piece.length));
    }
    assertEquals(hash.digest("hex"), "9d20aa114893c961fbcbaa003b40c24b962ee59931afded0cad15175af7e073e");
  });
});

describe("Whatever clients send, the servers", () => {
  for (const seed of [1, 7]) {
    it(`live, serve good clients, and have requests, tasks, descriptors and memory back (seed ${seed})`, async () => {
      const start = performance.now();
      const goOn = (inputs: number) => inputs < INPUTS && performance.now() - start < LONGEST;
      // It fails at the first batch that a target does not bear, and says how to have it again.
      await fuzz({ runtime: HERE, seed, goOn, explains: false });
    });
  }
});
