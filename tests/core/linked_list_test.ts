import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LinkedList, type ListEntry } from "../../src/core/linked_list.ts";

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
