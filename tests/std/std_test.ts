/** Tests of the stand-ins themselves, which hold for the real packages too. */

import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import { deadline, delay } from "@std/async";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { assertSpyCall, assertSpyCalls, returnsNext, spy, stub } from "@std/testing/mock";
import { assertType, type Has, type IsExact, type IsNever, type IsNullable } from "@std/testing/types";

describe("assertions", () => {
  it("hold for what is so", () => {
    assert(1);
    assertEquals({ a: [1, new Map([["b", 2]])] }, { a: [1, new Map([["b", 2]])] });
    assertNotEquals<unknown>([1], ["1"]);
    assertStrictEquals("a", "a");
    assertGreater(2, 1);
    assertMatch("loop", /^lo+p$/);
    assertStringIncludes("a loop", "loop");
    assertArrayIncludes([{ a: 1 }, { b: 2 }], [{ b: 2 }]);
    assertObjectMatch({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1 } });
    assertInstanceOf(new TypeError(), Error);
    const maybe: number | undefined = [1][0];
    assertExists(maybe);
    assertType<IsExact<typeof maybe, number>>(true);
  });

  const broken: Record<string, () => unknown> = {
    assert: () => assert(0),
    assertEquals: () => assertEquals({ a: 1 }, { a: 2 }),
    assertNotEquals: () => assertNotEquals([1], [1]),
    assertStrictEquals: () => assertStrictEquals([1], [1]),
    assertGreater: () => assertGreater(1, 1),
    assertMatch: () => assertMatch("loop", /x/),
    assertStringIncludes: () => assertStringIncludes("loop", "x"),
    assertArrayIncludes: () => assertArrayIncludes([1], [2]),
    assertObjectMatch: () => assertObjectMatch({ a: { b: 1 } }, { a: { b: 2 } }),
    assertInstanceOf: () => assertInstanceOf({}, Error),
    assertExists: () => assertExists(null),
    fail: () => fail("no"),
    "assertThrows that sees nothing thrown": () => assertThrows(() => {}),
    "assertThrows that sees another class": () => assertThrows(() => JSON.parse("{"), TypeError),
    "assertThrows that sees another message": () => assertThrows(() => fail("one"), AssertionError, "two"),
  };
  for (const [name, assertion] of Object.entries(broken)) {
    it(`fail for what is not so: ${name}`, () => {
      let thrown: unknown;
      try {
        assertion();
      } catch (error) {
        thrown = error;
      }
      assert(thrown instanceof AssertionError);
    });
  }

  it("give the error that was thrown", async () => {
    const error = assertThrows(() => JSON.parse("{"), SyntaxError);
    assertType<IsExact<typeof error, SyntaxError>>(true);
    assertStrictEquals(await assertRejects(() => Promise.reject(error), SyntaxError, error.message), error);
    assertStrictEquals(await assertRejects(() => Promise.reject(7)), 7);
  });

  it("refuse a promise that resolves, and a function that throws at once", async () => {
    await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
    await assertRejects(() => assertRejects(() => fail("at once")), AssertionError, "throws when expected to reject");
  });
});

describe("types", () => {
  it("are compared", () => {
    assertType<IsExact<string | number, number | string>>(true);
    assertType<IsExact<string, unknown>>(false);
    assertType<Has<string | number, number>>(true);
    assertType<IsNever<never>>(true);
    assertType<IsNullable<string | null>>(true);
    // @ts-expect-error: a string is not a number.
    assertType<IsExact<string, number>>(true);
  });
});

describe("spies", () => {
  it("remember their calls", () => {
    const double = spy((n: number) => n * 2);
    assertEquals(double(2), 4);
    assertSpyCalls(double, 1);
    assertSpyCall(double, 0, { args: [2], returned: 4 });
    assertThrows(() => assertSpyCalls(double, 2), AssertionError);
    assertThrows(() => assertSpyCall(double, 0, { args: [3] }), AssertionError);
  });

  it("replace a method until the block ends", () => {
    const object = { size: () => 1 };
    {
      using size = stub(object, "size", returnsNext([5, 6]));
      assertEquals([object.size(), object.size()], [5, 6]);
      assertSpyCalls(size, 2);
    }
    assertEquals(object.size(), 1);
  });
});

describe("async helpers", () => {
  it("delay() ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const wait = delay(60_000, { signal: controller.signal });
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => wait), reason);
  });

  it("deadline() gives what came in time, and fails otherwise", async () => {
    assertEquals(await deadline(Promise.resolve(1), 60_000), 1);
    const error = await assertRejects(() => deadline(new Promise(() => {}), 1), DOMException);
    assertEquals(error.name, "TimeoutError");
  });
});

describe("hooks around each test", () => {
  const events: string[] = [];
  beforeEach(() => void events.push("outer before"));
  afterEach(() => void events.push("outer after"));

  describe("of an inner group", () => {
    beforeEach(async () => {
      await Promise.resolve();
      events.push("inner before");
    });
    afterEach(() => void events.push("inner after"));
    it("run inside those of the outer group", () => void events.push("test"));
    it.skip("do not run for a test that is skipped", () => fail("it ran"));
  });

  it("run in order", () => {
    assertEquals(events, ["outer before", "inner before", "test", "inner after", "outer after", "outer before"]);
  });
});

describe("hooks around a group", () => {
  const events: string[] = [];

  describe("of two tests", () => {
    beforeAll(() => void events.push("before"));
    afterAll(() => void events.push("after"));
    it("run before the first", () => void events.push("first"));
    it("do not run between them", () => void events.push("second"));
  });

  it("run once", { sanitizeOps: true }, () => {
    assertEquals(events, ["before", "first", "second", "after"]);
  });
});
