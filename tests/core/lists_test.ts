import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LinkedList, type ListEntry, Ring } from "../../src/core/lists.ts";

describe("A linked list", () => {
  it("holds items in the order in which they came", () => {
    const list = new LinkedList<string>();
    assertEquals([list.size, list.first(), list.toArray()], [0, null, []]);
    for (const item of ["a", "b", "c"]) list.add(item);
    assertEquals([list.size, list.first()?.item, list.toArray()], [3, "a", ["a", "b", "c"]]);
  });

  it("lets an item go from the front, the middle and the end, once", () => {
    const list = new LinkedList<string>();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((item) => list.add(item)) as [
      ListEntry<string>,
      ListEntry<string>,
      ListEntry<string>,
      ListEntry<string>,
    ];
    assertEquals([list.remove(b), list.toArray()], [true, ["a", "c", "d"]]);
    assertEquals([list.remove(b), list.size], [false, 3]);
    assertEquals([list.remove(a), list.first()?.item], [true, "c"]);
    assertEquals([list.remove(a), list.remove(d), list.toArray()], [false, true, ["c"]]);
    assertEquals([list.remove(c), list.remove(c), list.size, list.first()], [true, false, 0, null]);
    list.add("e");
    assertEquals([list.remove(c), list.toArray()], [false, ["e"]]);
  });

  it("keeps nothing of a place that is out", () => {
    const list = new LinkedList<number>();
    const places = [1, 2, 3].map((item) => list.add(item));
    for (const place of places) list.remove(place);
    assertEquals(places.map(({ before, after }) => [before, after]), [[null, null], [null, null], [null, null]]);
  });
});

describe("A ring", () => {
  it("keeps its items in order, whatever is added at either end and taken at the front", () => {
    const ring = new Ring<number>();
    const expected: number[] = [];
    let seed = 1;
    for (let step = 0; step < 5_000; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      // It grows in the first half and shrinks in the second.
      const choice = seed % 10;
      const taking = step < 2_500 ? choice < 3 : choice < 7;
      if (taking && expected.length > 0) {
        assertEquals(ring.shift(), expected.shift());
      } else if (choice % 2 === 0) {
        ring.push(step);
        expected.push(step);
      } else {
        ring.unshift(step);
        expected.unshift(step);
      }
      assertEquals(ring.length, expected.length);
      if (step % 100 === 0) assertEquals([...ring], expected);
    }
    while (expected.length > 0) assertEquals(ring.shift(), expected.shift());
  });

  it("brings an item forward, and the others keep their order, across the end of its memory as well", () => {
    const ring = new Ring<number>(4);
    for (let start = 0; start < 6; start++) {
      for (const item of [0, 1, 2, 3]) ring.push(item);
      ring.bringForward(0);
      ring.bringForward(2);
      assertEquals([[...ring], ring.at(3), ring.length], [[2, 0, 1, 3], 3, 4]);
      ring.bringForward(3);
      assertEquals([...ring], [3, 2, 0, 1]);
      while (ring.length > 0) ring.drop();
      // The next time it begins one further on.
      ring.push(0);
      ring.drop();
    }
  });

  it("goes on after a burst", () => {
    const ring = new Ring<number>();
    for (let i = 0; i < 5_000; i++) ring.push(i);
    for (let i = 0; i < 5_000; i++) assertEquals(ring.shift(), i);
    ring.unshift(1);
    ring.push(2);
    assertEquals([...ring], [1, 2]);
  });
});
