import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HeldArrays } from "../../src/queues/held_arrays.ts";
import { comesBefore } from "../../src/queues/order.ts";

type Items = readonly unknown[];

function accepts(held: HeldArrays, array: Items): boolean {
  try {
    held.add(array);
    return true;
  } catch (error) {
    assert(error instanceof TypeError);
    return false;
  }
}

function comparable(a: Items, b: Items): boolean {
  try {
    comesBefore(a, b);
    comesBefore(b, a);
    return true;
  } catch {
    return false;
  }
}

/** Whether an array is accepted beside another one, which is then the same in the other order. */
function agree(a: Items, b: Items): boolean {
  const results = [[a, b], [b, a]].map(([first, second]) => {
    const held = new HeldArrays();
    held.add(first as Items);
    return accepts(held, second as Items);
  });
  assertEquals(results[0], results[1]);
  return results[0] as boolean;
}

describe("HeldArrays", () => {
  it("accepts just the arrays that can be compared with each one that is there", () => {
    let seed = 7;
    const below = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const thing = {};
    const scalars = [0, 1, 1n, 2n ** 53n + 1n, "a", "b", thing, null, () => {}];
    // Most elements are zero, so that many arrays share long beginnings.
    const element = (depth: number): unknown => {
      const kind = below(12);
      if (kind < 7) return 0;
      if (kind < 9 && depth < 3) return Array.from({ length: below(3) }, () => element(depth + 1));
      return scalars[below(scalars.length)];
    };
    const counts = [0, 0];
    for (let round = 0; round < 60; round++) {
      const held = new HeldArrays();
      const there: Items[] = [];
      for (let step = 0; step < 120; step++) {
        if (there.length > 0 && below(3) === 0) {
          held.remove(there.splice(below(there.length), 1)[0] as Items);
          continue;
        }
        const array = Array.from({ length: below(5) }, () => element(0));
        const expected = there.every((other) => comparable(array, other));
        assertEquals(accepts(held, array), expected);
        counts[expected ? 1 : 0]!++;
        if (expected) there.push(array);
      }
    }
    assert(counts.every((count) => count > 1_000), String(counts));
  });

  it("compares numbers with bigints, by value", () => {
    assert(agree([1, "x"], [1n, "y"]));
    assert(agree([0, "x"], [-0, "y"]));
    assert(!agree([1, "x"], [1n, 2]));
    assert(!agree([2 ** 60, "x"], [2n ** 60n, 2]));
    assert(agree([2 ** 53, "x"], [2n ** 53n + 1n, 2]));
  });

  it("lets the very same thing be equal to itself, but NaN to nothing", () => {
    const thing = {};
    assert(agree([1, thing, 1], [1, thing, 2]));
    assert(agree([null, 1], [null, 2]));
    assert(!agree([null], [undefined]));
    assert(!agree([true], [false]));
    assert(!agree([1, NaN], [1, NaN]));
    assert(!agree([1, NaN], [1, 0]));
    assert(agree([1, NaN], [2, NaN]));
    assert(agree([1, NaN], [1]));
  });

  it("lets an array be added several times, and removed as often", () => {
    const held = new HeldArrays();
    const array = [1, {}];
    held.add(array);
    held.add(array);
    held.remove(array);
    assertThrows(() => held.add([1, {}]), TypeError);
    held.remove(array);
    held.add([1, {}]);
  });

  it("comes to an end with arrays that contain themselves", () => {
    const circle: unknown[] = [1];
    circle.push(circle, circle);
    assert(agree([1, circle], [1, circle]));
    const other: unknown[] = [1];
    other.push(other, other);
    assert(!agree([1, circle], [1, other]));
  });

  it("looks at no element behind the first difference", () => {
    const held = new HeldArrays();
    const unreadable = new Proxy([], {
      get: () => {
        throw new Error("It was read");
      },
    });
    for (let i = 0; i < 3; i++) held.add([1, i, unreadable]);
    assertThrows(() => held.add([1, 1, unreadable]), Error, "It was read");
    // The array that was refused left nothing behind.
    for (let i = 3; i < 5; i++) held.add([1, i, unreadable]);
  });

  it("takes arrays of any length", () => {
    const long = (last: unknown) => [...new Array<number>(50_000).fill(0), last];
    const held = new HeldArrays();
    const [first, second] = [long(1), long(2)];
    held.add(first);
    held.add(second);
    assertThrows(() => held.add(long("x")), TypeError);
    held.remove(first);
    held.remove(second);
    held.add(long("x"));
  });
});
