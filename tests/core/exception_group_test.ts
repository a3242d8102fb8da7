import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, ExceptionGroup, TimeoutError } from "../../mod.ts";

const [range, type, late] = [new RangeError("range"), new TypeError("type"), new TimeoutError("late")];
const nested = () => new ExceptionGroup("outer", [range, new ExceptionGroup("inner", [type, late])]);

describe("ExceptionGroup", () => {
  it("is an AggregateError with its errors in order, whatever was thrown", () => {
    const cause = new Error("cause");
    const group = new ExceptionGroup("several", new Set<unknown>([range, "text", undefined]), { cause });
    assertInstanceOf(group, AggregateError);
    assertEquals([group.name, group.message], ["ExceptionGroup", "several"]);
    assertEquals(group.errors, [range, "text", undefined]);
    assertStrictEquals(group.exceptions, group.errors);
    assertStrictEquals(group.cause, cause);
  });

  it("refuses to be empty, and a message that is no string", () => {
    assertThrows(() => new ExceptionGroup("none", []), TypeError);
    // @ts-expect-error: not a string
    assertThrows(() => new ExceptionGroup(1, [range]), TypeError);
  });

  it("split() takes apart by class, classes or function, and keeps the nesting", () => {
    const [match, rest] = nested().split(TypeError);
    assertEquals(
      match?.format(),
      "ExceptionGroup: outer (1 error)\n  ExceptionGroup: inner (1 error)\n    TypeError: type",
    );
    assertEquals(
      rest?.format(),
      "ExceptionGroup: outer (2 errors)\n  RangeError: range\n  ExceptionGroup: inner (1 error)\n    TimeoutError: late",
    );
    assertEquals(nested().split([RangeError, TypeError])[1]?.format().split("\n").length, 3);
    assertEquals(nested().split((error) => error === late)[0]?.format().split("\n").length, 3);
    assertEquals(new ExceptionGroup("x", [new CancelledError(), range]).split(CancelledError)[1]?.errors, [range]);
  });

  it("split() gives null for a side without errors, and the group itself where all of it is chosen", () => {
    const group = nested();
    const [all, none] = group.split(ExceptionGroup);
    assertStrictEquals(all, group);
    assertStrictEquals(none, null);
    assertEquals(group.split(SyntaxError)[0], null);
    assertEquals(group.split(SyntaxError)[1]?.format(), group.format());
  });

  it("subgroup() gives the chosen part, from the same place and for the same cause", () => {
    const cause = new Error("cause");
    const group = new ExceptionGroup("several", [range, type], { cause });
    const part = group.subgroup(RangeError);
    assertEquals(part?.errors, [range]);
    assertStrictEquals(part?.cause, cause);
    assertEquals(part?.stack, group.stack);
    assertStrictEquals(group.subgroup(TimeoutError), null);
  });

  it("split() makes groups of a subclass by its derive()", () => {
    class Failed extends ExceptionGroup {
      override derive(errors: readonly unknown[]): Failed {
        return new Failed(this.message, errors);
      }
    }
    const [match, rest] = new Failed("failed", [range, type]).split(RangeError);
    assertInstanceOf(match, Failed);
    assertInstanceOf(rest, Failed);
  });

  it("split() refuses a condition that is none", () => {
    // @ts-expect-error: not a condition
    assertThrows(() => nested().split("TypeError"), TypeError);
    // @ts-expect-error: not a condition
    assertThrows(() => nested().subgroup([1]), TypeError);
  });

  it("toString() counts its errors, and the inspected form has them all, with stacks", () => {
    assertEquals(String(nested()), "ExceptionGroup: outer (2 errors)");
    const inspect = (nested() as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]!;
    const text = inspect.call(nested());
    for (const word of ["outer", "inner", "range", "type", "late", "exception_group_test"]) assert(text.includes(word));
  });

  it("has causes and errors inside other errors in its inspected form", () => {
    const circular = new Error("circular");
    circular.cause = circular;
    const group = new ExceptionGroup("outer", [
      new Error("wrapped", { cause: new ExceptionGroup("inner", [new Error("deep")]) }),
      new SuppressedError(new Error("later"), new Error("earlier"), "both"),
      circular,
    ], { cause: "a reason" });
    const inspect = (group as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]!;
    const lines = inspect.call(group).split("\n").filter((line) => !/^ *at /.test(line) && !/@/.test(line));
    assertEquals(lines, [
      "ExceptionGroup: outer",
      "  Error: wrapped",
      "  Caused by: ExceptionGroup: inner",
      "    Error: deep",
      "  SuppressedError: both",
      "    Error: later",
      "    Error: earlier",
      "  Error: circular",
      "  Caused by: Error: circular [circular]",
      'Caused by: "a reason"',
    ]);
  });
});
