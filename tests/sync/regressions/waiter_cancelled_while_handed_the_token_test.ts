import { assert, assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Condition, createTask, Lock, Semaphore, sleep } from "../../../mod.ts";
import { play } from "../../core/play.ts";

// The release has woken the waiter, and the cancel comes before the waiter's turn: whoever is next must get the token.
describe("A waiter that is cancelled while it is handed the token", () => {
  it("leaves a lock to the next one", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [first, second] = [createTask(lock.acquire()), createTask(lock.acquire())];
      yield* sleep(0);
      lock.release();
      first.cancel();
      yield* second;
      assert(first.cancelled());
      assert(lock.locked());
    });
  });

  it("leaves a lock free when nobody is next", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const task = createTask(lock.acquire());
      yield* sleep(0);
      lock.release();
      task.cancel();
      yield* sleep(0);
      assertFalse(lock.locked());
      yield* lock.acquire();
    });
  });

  it("that was cancelled before the release does not stop the hand-over", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [first, second] = [createTask(lock.acquire()), createTask(lock.acquire())];
      yield* sleep(0);
      first.cancel();
      lock.release();
      yield* second;
      assert(first.cancelled());
    });
  });

  it("leaves a semaphore's token to the next one, or in the semaphore", async () => {
    await play(function* () {
      const semaphore = new Semaphore(0);
      const [first, second] = [createTask(semaphore.acquire()), createTask(semaphore.acquire())];
      yield* sleep(0);
      semaphore.release();
      first.cancel();
      yield* second;
      assert(first.cancelled());
      const third = createTask(semaphore.acquire());
      yield* sleep(0);
      semaphore.release();
      third.cancel();
      yield* sleep(0);
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:1]>");
    });
  });

  it("hands a condition's notification on", async () => {
    await play(function* () {
      const condition = new Condition();
      const wait = () =>
        createTask(function* () {
          using _guard = yield* condition.acquire();
          yield* condition.wait();
        });
      const [first, second] = [wait(), wait()];
      yield* sleep(0);
      yield* condition.acquire();
      condition.notify();
      first.cancel();
      condition.release();
      yield* second;
      assert(first.cancelled());
      assertFalse(condition.locked());
    });
  });

  it("leaves nothing behind in async functions either, one iteration later included", async () => {
    for (let ticks = 0; ticks < 6; ticks++) {
      await play(function* () {
        const lock = new Lock();
        const semaphore = new Semaphore(0);
        yield* lock.acquire();
        const tasks = [
          createTask(async () => {
            using _guard = await lock.acquire();
            await sleep(1_000);
          }),
          createTask(async () => {
            using _guard = await semaphore.acquire();
            await sleep(1_000);
          }),
        ];
        yield* sleep(1);
        lock.release();
        semaphore.release();
        for (let i = 0; i < ticks; i++) yield* sleep(0);
        for (const task of tasks) task.cancel();
        yield* sleep(10);
        for (const task of tasks) assert(task.cancelled());
        assertEquals(String(lock), "<Lock [unlocked]>");
        assertEquals(String(semaphore), "<Semaphore [unlocked, value:1]>");
      });
    }
  });
});
