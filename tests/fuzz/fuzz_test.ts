import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inputOf } from "./corpus.ts";

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
