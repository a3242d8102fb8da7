import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isLinearizable, type Operation } from "./linearizable.ts";

function write(value: number, called: number, answered: number): Operation<number> {
  return { name: `write ${value}`, called, answered, apply: () => ({ state: value }) };
}

function read(value: number, called: number, answered: number): Operation<number> {
  return { name: `read ${value}`, called, answered, apply: (state) => state === value ? { state } : null };
}

function holds(...operations: Operation<number>[]): boolean {
  return isLinearizable(operations, 0, String);
}

describe("What clients saw of a register", () => {
  it("can have happened if reads see what was written before them, or beside them", () => {
    assertEquals(holds(write(1, 0, 1), read(1, 2, 3)), true);
    assertEquals(holds(write(1, 0, 10), read(0, 2, 3), read(1, 4, 5)), true);
    assertEquals(holds(write(1, 0, Infinity), read(0, 2, 3), read(1, 4, 5)), true);
    assertEquals(holds(write(1, 0, Infinity), read(0, 2, 3), read(0, 4, 5)), true);
  });

  it("cannot if a read is stale, goes back, or sees what nobody wrote", () => {
    assertEquals(holds(write(1, 0, 1), read(0, 2, 3)), false);
    assertEquals(holds(write(1, 0, 10), read(1, 2, 3), read(0, 4, 5)), false);
    assertEquals(holds(write(1, 0, 1), read(2, 2, 3)), false);
    assertEquals(holds(write(1, 4, Infinity), read(1, 2, 3)), false);
  });
});
