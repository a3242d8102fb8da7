import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { transfer } from "../../mod.ts";
import { withPool } from "./pools.ts";

describe("transfer()", () => {
  it("hands arguments over instead of copying them", async () => {
    await withPool(function* ({ plain }) {
      const bytes = new Uint8Array(1000);
      assertEquals(yield* plain.sizes(bytes), 1000);
      assertEquals(bytes.length, 1000);
      assertEquals(yield* plain.sizes(transfer(bytes)), 1000);
      assertEquals(bytes.length, 0);

      const inside = new Uint8Array(10);
      yield* plain.same(transfer({ inside }, [inside.buffer]));
      assertEquals(inside.length, 0);
      const twice = new Uint8Array(10);
      assertEquals(yield* plain.count(transfer(twice), transfer(twice.subarray(1))), 2);
    });
  });

  it("hands results over from a worker", async () => {
    await withPool(function* ({ work }) {
      const { bytes, left } = yield* work.filled(1000);
      assertEquals([bytes.length, bytes[999]], [1000, 7]);
      assertEquals(left, 1000);
      assertEquals(yield* work.lengthOfFilled(), 0);
    });
  });

  it("gives the value back, and holds for one call", async () => {
    await withPool(function* ({ plain }) {
      const object = {};
      assertEquals(transfer(object, []), object);
      const bytes = transfer(new Uint8Array(10), []);
      yield* plain.same(bytes);
      assertEquals(bytes.length, 10);
    });
  });

  it("refuses what cannot be handed over", () => {
    assertThrows(() => transfer(5 as unknown as object), TypeError, "object");
    assertThrows(() => transfer({}), TypeError, "say what in it");
    assertThrows(() => transfer([new ArrayBuffer(1)]), TypeError, "say what in it");
  });
});
