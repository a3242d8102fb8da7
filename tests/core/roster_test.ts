import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Place, Roster } from "../../src/core/roster.ts";

describe("A roster", () => {
  it("holds items in the order in which they came", () => {
    const roster = new Roster<string>();
    assertEquals([roster.size, roster.first(), roster.toArray()], [0, null, []]);
    for (const item of ["a", "b", "c"]) roster.add(item);
    assertEquals([roster.size, roster.first()?.item, roster.toArray()], [3, "a", ["a", "b", "c"]]);
  });

  it("lets an item go from the front, the middle and the end, once", () => {
    const roster = new Roster<string>();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((item) => roster.add(item)) as [
      Place<string>,
      Place<string>,
      Place<string>,
      Place<string>,
    ];
    assertEquals([roster.remove(b), roster.toArray()], [true, ["a", "c", "d"]]);
    assertEquals([roster.remove(b), roster.size], [false, 3]);
    assertEquals([roster.remove(a), roster.first()?.item], [true, "c"]);
    assertEquals([roster.remove(a), roster.remove(d), roster.toArray()], [false, true, ["c"]]);
    assertEquals([roster.remove(c), roster.remove(c), roster.size, roster.first()], [true, false, 0, null]);
    roster.add("e");
    assertEquals([roster.remove(c), roster.toArray()], [false, ["e"]]);
  });

  it("keeps nothing of a place that is out", () => {
    const roster = new Roster<number>();
    const places = [1, 2, 3].map((item) => roster.add(item));
    for (const place of places) roster.remove(place);
    assertEquals(places.map(({ before, after }) => [before, after]), [[null, null], [null, null], [null, null]]);
  });
});
