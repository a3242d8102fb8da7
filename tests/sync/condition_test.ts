import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, Condition, createTask, Lock, run, RuntimeError, sleep } from "../../mod.ts";
import { failure, play, trace } from "../core/play.ts";

describe("Condition", () => {
  it("notify(n) wakes the first n, who get the lock one after the other", async () => {
    const order = await trace(function* (say) {
      const condition = new Condition();
      const tasks = ["a", "b", "c"].map((name) =>
        createTask(function* () {
          using _guard = yield* condition.acquire();
          assertEquals(yield* condition.wait(), true);
          say(name);
          yield* sleep(0);
          say(`${name}.`);
        })
      );
      yield* sleep(0);
      yield* condition.acquire();
      condition.notify(2);
      yield* sleep(0);
      say("releases");
      condition.release();
      yield* tasks[1]!;
      yield* sleep(0);
      yield* condition.acquire();
      condition.notifyAll();
      condition.release();
      yield* tasks[2]!;
    });
    assertEquals(order, "releases a a. b b. c c.");
  });

  it("wait() and notify() without the lock are refused", async () => {
    const condition = new Condition();
    assertInstanceOf(await failure(() => condition.wait()), RuntimeError);
    assert(assertThrows(() => condition.notify(), RuntimeError).message.includes("not acquired"));
    assertThrows(() => condition.notifyAll(), RuntimeError);
    assertThrows(() => condition.release(), RuntimeError);
    assertEquals(String(condition), "<Condition [unlocked]>");
  });

  it("waitFor() asks before the first wait, and gives what the predicate gave", async () => {
    await play(function* () {
      const condition = new Condition();
      assertEquals(yield* condition.waitFor(() => "ready"), "ready");
      let value = 0;
      const task = createTask(function* () {
        using _guard = yield* condition.acquire();
        return yield* condition.waitFor(() => value > 1 && `value ${value}`);
      });
      for (value = 0; value < 3; value++) {
        yield* sleep(0);
        using _guard = yield* condition.acquire();
        condition.notify();
      }
      assertEquals(yield* task, "value 2");
    });
  });

  it("waitFor() refuses what is not a function", () => {
    // @ts-expect-error: not a predicate
    assertThrows(() => new Condition().waitFor(true), TypeError);
  });

  it("wait() comes back with the lock when it is cancelled, and with the last cancel", async () => {
    await play(function* () {
      const condition = new Condition();
      let message = "";
      const task = createTask(function* () {
        const guard = yield* condition.acquire();
        try {
          yield* condition.wait();
        } catch (error) {
          assertInstanceOf(error, CancelledError);
          message = error.message;
          assert(condition.locked());
          throw error;
        } finally {
          guard[Symbol.dispose]();
        }
      });
      yield* sleep(0);
      yield* condition.acquire();
      task.cancel("first");
      yield* sleep(0);
      task.cancel("second");
      yield* sleep(0);
      assertFalse(task.done());
      condition.release();
      yield* sleep(0);
      yield* sleep(0);
      assert(task.cancelled());
      assertEquals(message, "second");
      assertFalse(condition.locked());
    });
  });

  it("a guard taken before wait() stands for the lock after it", async () => {
    await play(function* () {
      const condition = new Condition();
      const task = createTask(function* () {
        using _guard = yield* condition.acquire();
        yield* condition.wait();
        assert(condition.locked());
      });
      yield* sleep(0);
      yield* condition.acquire();
      condition.notify();
      condition.release();
      yield* task;
      assertFalse(condition.locked());
    });
  });

  it("works the same in async functions", async () => {
    await play(async () => {
      const condition = new Condition();
      let ready = false;
      const task = createTask(async () => {
        using _guard = await condition.acquire();
        await condition.waitFor(() => ready);
        return condition.locked();
      });
      await sleep(1);
      {
        using _guard = await condition.acquire();
        ready = true;
        condition.notifyAll();
      }
      assertEquals(await task, true);
      assertFalse(condition.locked());
    });
  });

  it("may share its lock, which must be a Lock", async () => {
    await play(function* () {
      const lock = new Lock();
      const conditions = [new Condition(lock), new Condition(lock)];
      yield* conditions[0]!.acquire();
      assert(conditions[1]!.locked());
      conditions[1]!.release();
      assertFalse(lock.locked());
    });
    // @ts-expect-error: not a lock
    assertThrows(() => new Condition({}), TypeError);
  });

  it("belongs to the loop on which a task waited for it first", async () => {
    const condition = new Condition();
    const meet = () =>
      run(function* () {
        const task = createTask(function* () {
          using _guard = yield* condition.acquire();
          yield* condition.wait();
        });
        yield* sleep(0);
        {
          using _guard = yield* condition.acquire();
          condition.notify();
        }
        yield* task;
      });
    await meet();
    await assertRejects(meet, RuntimeError);
    assertFalse(condition.locked());
  });
});
