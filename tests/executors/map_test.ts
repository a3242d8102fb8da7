import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, ConcurrentFuture, createTask, gather, MappedResults, run, sleep, timeout } from "../../mod.ts";
import { sharedFlag, untilSet, withPool } from "./pools.ts";

describe("Executor.map()", () => {
  it("gives the results in the order of the items, in both worlds", async () => {
    await withPool(function* ({ pool, plain }) {
      const squares: unknown[] = [];
      for (const value of pool.map(plain.same, [3, 1, 2])) squares.push(yield* value);
      assertEquals(squares, [3, 1, 2]);
      assertEquals(yield* gather([...pool.map(plain.same, new Set(["a", "b"]))]), ["a", "b"]);
    }, { maxWorkers: 2 });
    await withPool(async ({ pool, work }) => {
      const doubled: number[] = [];
      for await (const value of pool.map(work.doubled, [1, 2, 3])) doubled.push(value);
      assertEquals(doubled, [2, 4, 6]);
      for await (const _ of pool.map(work.doubled, [])) throw new Error("There is nothing.");
    });
  });

  it("throws what a call throws in its turn, and cancels those that were not come to", async () => {
    await withPool(async ({ pool, work, plain }) => {
      const seen: unknown[] = [];
      const loop = async () => {
        for await (const value of pool.map(work.failOr, [1, "type", 2, 3])) seen.push(value);
      };
      await assertRejects(loop, TypeError, "wrong type");
      assertEquals(seen, [1]);
      assertEquals(await plain.add(1, 1), 2);
      assertMatch(String(pool), /calls=0/);
    });
  });

  it("cancels what is left when the loop is left, or its task cancelled", async () => {
    await withPool(async ({ pool, plain, work }) => {
      for await (const value of pool.map(plain.same, [1, 2, 3, 4])) {
        if (value === 2) break;
      }
      const flag = sharedFlag();
      const task = createTask(function* () {
        for (const value of pool.map(work.cancellable, [flag, flag])) yield* value;
      });
      await untilSet(flag, 0);
      task.cancel();
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      assertEquals(await untilSet(flag, 1), 1);
      assertEquals(await plain.add(1, 1), 2);
      assertMatch(String(pool), /calls=0/);
    });
  });

  it("keeps no more calls ahead than bufferSize, also of items without end, which are closed at the end", async () => {
    let asked = 0;
    let closed = false;
    function* items() {
      try {
        for (;;) yield ++asked;
      } finally {
        closed = true;
      }
    }
    await withPool(function* ({ pool, plain }) {
      let read = 0;
      for (const value of pool.map(plain.same, items(), { bufferSize: 2 })) {
        assertEquals(yield* value, ++read);
        assert(asked <= read + 2, `${asked} items were asked for when ${read} results were read.`);
        if (read === 5) break;
      }
      assert(closed, "What gives the items was left open.");
    });
  });

  it("refuses what is no iterable, and a buffer of no size", async () => {
    await withPool(async ({ pool, plain }) => {
      await sleep(0);
      assertThrows(() => pool.map(plain.same, 5 as unknown as unknown[]), TypeError, "iterable");
      for (const bufferSize of [0, -1, 1.5, NaN, Infinity, "2" as unknown as number]) {
        assertThrows(() => pool.map(plain.same, [1], { bufferSize }), RangeError, "bufferSize");
      }
    });
  });

  it("is at the service of other executors, and cancels what it has begun if submitting fails", async () => {
    const cancelled: number[] = [];
    const submit = (item: unknown): ConcurrentFuture<number> => {
      if (item === 3) throw new RangeError("three");
      return new ConcurrentFuture<number>(() => () => void cancelled.push(item as number));
    };
    assertThrows(() => new MappedResults(submit, [1, 2, 3]), RangeError, "three");
    assertEquals(cancelled, [1, 2]);
    await assertRejects(
      () =>
        run(() =>
          timeout(1, function* () {
            for (const value of new MappedResults(submit, [4, 5])) yield* value;
          })
        ),
      Error,
    );
    assertEquals(cancelled, [1, 2, 4, 5]);
  });
});
