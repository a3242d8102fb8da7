import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NotSupportedError } from "../../mod.ts";
import { NoMarks } from "../../src/core/current_code.ts";

describe("Where nothing follows an async function", () => {
  const marks = new NoMarks<object>();

  it("a function is called that returns at once, and its error passes", () => {
    assertEquals(marks.run({}, () => 5), 5);
    assertThrows(() =>
      marks.run({}, () => {
        throw new RangeError("its own");
      }), RangeError);
    assertEquals(marks.get(), undefined);
    assertEquals(marks.snapshot()(() => 6), 6);
  });

  it("an async function is refused before it begins, and what gives a promise after that", () => {
    let begun = false;
    const begin = async () => {
      begun = true;
      await Promise.resolve();
    };
    assertThrows(() => marks.run({}, begin), NotSupportedError, "generator function");
    assertEquals(begun, false);
    assertThrows(() => marks.run({}, () => Promise.resolve()), NotSupportedError, "generator function");
  });

  it("whatever is to belong to nobody may be called", () => {
    assertEquals(marks.run(undefined, () => 7), 7);
  });
});
