// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Barrier, BrokenBarrierError, createTask, run, RuntimeError, sleep } from "../../mod.ts";
import { play, rejection, trace } from "../core/play.ts";

describe("Barrier", () => {
  it("lets its parties go together, the last to come first, round after round", async () => {
    const order = await trace(function* (say) {
      const barrier = new Barrier(3);
      const tasks = [..."abcdef"].map((name) =>
        createTask(function* () {
          const index = yield* barrier.wait();
          say(name + index);
        })
      );
      for (const task of tasks) yield* task;
      assertEquals(barrier.nWaiting, 0);
    });
    assertEquals(order, "c2 a0 b1 f2 d0 e1");
  });

  it("wait() of the only party does not suspend", async () => {
    await play(function* () {
      let others = 0;
      createTask(function* () {
        others++;
      });
      assertEquals(yield* new Barrier(1).wait(), 0);
      assertEquals(others, 0);
    });
  });

  it("refuses a number of parties below one, not whole or not a number", () => {
    for (const parties of [0, -1, 1.5, NaN, Infinity]) assertThrows(() => new Barrier(parties), RangeError);
    // @ts-expect-error: not a number
    assertThrows(() => new Barrier("2"), TypeError);
  });

  it("abort() breaks it for those who wait and all who come, until reset()", async () => {
    await play(function* () {
      const barrier = new Barrier(2);
      const task = createTask(barrier.wait());
      yield* sleep(0);
      assertEquals(String(barrier), "<Barrier [filling, waiters:1/2]>");
      yield* barrier.abort();
      assert(barrier.broken);
      assertEquals(String(barrier), "<Barrier [broken]>");
      yield* sleep(1);
      const waiting = task.exception();
      assertInstanceOf(waiting, BrokenBarrierError);
      const later = createTask(barrier.wait());
      yield* sleep(1);
      const entering = later.exception();
      assertInstanceOf(entering, BrokenBarrierError);
      assertFalse(waiting.message === entering.message);
      yield* barrier.reset();
      assertFalse(barrier.broken);
      const tasks = [createTask(barrier.wait()), createTask(barrier.wait())];
      assertEquals([yield* tasks[0]!, yield* tasks[1]!], [0, 1]);
    });
  });

  it("reset() fails those who wait, and it is as new", async () => {
    await play(function* () {
      const barrier = new Barrier(2);
      const task = createTask(barrier.wait());
      yield* sleep(0);
      yield* barrier.reset();
      assertEquals([barrier.nWaiting, barrier.broken], [0, false]);
      yield* sleep(1);
      assertInstanceOf(task.exception(), BrokenBarrierError);
      assertEquals(String(barrier), "<Barrier [filling, waiters:0/2]>");
      assertEquals(barrier.parties, 2);
    });
  });

  it("a party that is cancelled is not counted", async () => {
    await play(function* () {
      const barrier = new Barrier(2);
      const task = createTask(barrier.wait());
      yield* sleep(0);
      assertEquals(barrier.nWaiting, 1);
      task.cancel();
      yield* sleep(1);
      assertEquals(barrier.nWaiting, 0);
      const tasks = [createTask(barrier.wait()), createTask(barrier.wait())];
      assertEquals([yield* tasks[0]!, yield* tasks[1]!], [0, 1]);
    });
  });

  it("works the same in async functions", async () => {
    await play(async () => {
      const barrier = new Barrier(2);
      const task = createTask(async () => await barrier.wait());
      await sleep(1);
      assertEquals(await barrier.wait(), 1);
      assertEquals(await task, 0);
      await barrier.abort();
      assertInstanceOf(await rejection(barrier.wait()), BrokenBarrierError);
    });
  });

  for (const form of ["coroutines", "async functions"]) {
    it(`gives ${form} two equal numbers after a cancel, as CPython does, and different ones in the next round`, async () => {
      const order = await trace(function* (say) {
        const barrier = new Barrier(3);
        const meet = (name: string) =>
          createTask(
            form === "coroutines"
              ? function* () {
                say(name + (yield* barrier.wait()));
              }
              : async () => say(name + await barrier.wait()),
          );
        const first = meet("a");
        const others = [meet("b")];
        yield* sleep(1);
        first.cancel();
        yield* sleep(1);
        assert(first.cancelled());
        assertEquals(barrier.nWaiting, 1);
        for (const name of "cdefg") others.push(meet(name));
        for (const task of others) yield* task;
        assertEquals(barrier.nWaiting, 0);
      });
      assertEquals(order, "d2 b1 c1 g2 e0 f1");
    });
  }

  it("belongs to the loop on which a task waited for it first", async () => {
    const barrier = new Barrier(2);
    const meet = () =>
      run(function* () {
        const task = createTask(function* () {
          yield* sleep(0);
          yield* barrier.wait();
        });
        yield* barrier.wait();
        yield* task;
      });
    await meet();
    await assertRejects(meet, RuntimeError);
  });
});
