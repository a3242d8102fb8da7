import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Deque } from "../../src/queues/deque.ts";

describe("Deque", () => {
  it("keeps its items in order, whatever is added at either end and taken at the front", () => {
    const deque = new Deque<number>();
    const expected: number[] = [];
    let seed = 1;
    for (let step = 0; step < 5_000; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      // It grows in the first half and shrinks in the second.
      const choice = seed % 10;
      const taking = step < 2_500 ? choice < 3 : choice < 7;
      if (taking && expected.length > 0) {
        assertEquals(deque.shift(), expected.shift());
      } else if (choice % 2 === 0) {
        deque.push(step);
        expected.push(step);
      } else {
        deque.unshift(step);
        expected.unshift(step);
      }
      assertEquals(deque.length, expected.length);
      if (step % 100 === 0) assertEquals([...deque], expected);
    }
    while (expected.length > 0) assertEquals(deque.shift(), expected.shift());
  });

  it("goes on after a burst", () => {
    const deque = new Deque<number>();
    for (let i = 0; i < 5_000; i++) deque.push(i);
    for (let i = 0; i < 5_000; i++) assertEquals(deque.shift(), i);
    deque.unshift(1);
    deque.push(2);
    assertEquals([...deque], [1, 2]);
  });
});
