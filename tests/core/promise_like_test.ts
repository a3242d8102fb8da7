import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { coroutine, createTask, gather, Lock, run, sleep } from "../../mod.ts";

/** As somebody else's function takes it. */
async function ofOthers<T>(promise: Promise<T>): Promise<T> {
  let ended = false;
  const value = await promise.finally(() => void (ended = true));
  assertEquals(ended, true);
  return value;
}

const double = coroutine(function* (value: number) {
  yield* sleep(0);
  if (value < 0) throw new RangeError("negative");
  return value * 2;
});

describe("What can be awaited has what promises have", () => {
  it("so that functions for promises take a task, a future, and every lazy awaitable", async () => {
    await run(async () => {
      assertEquals(await ofOthers(createTask(double(1))), 2);
      assertEquals(await ofOthers(double(2)), 4);
      assertEquals(await ofOthers(sleep(0, "slept")), "slept");
      assertEquals(await ofOthers(gather(double(3), async () => await double(4))), [6, 8]);
      assertEquals(await ofOthers(coroutine(async () => await double(5))()), 10);
      const lock = new Lock();
      using _guard = await ofOthers(lock.acquire());
      assertEquals(lock.locked(), true);
    });
  });

  it("and catch() and finally() tell of errors as those of promises do", async () => {
    await run(async () => {
      const seen: unknown[] = [];
      for (const failing of [() => createTask(double(-1)), () => double(-1)]) {
        seen.push(await failing().catch((error) => (error as Error).message));
        await assertRejects(() => failing().finally(() => void seen.push("over")), RangeError, "negative");
      }
      assertEquals(seen, ["negative", "over", "negative", "over"]);
      assertStrictEquals(await createTask(double(1)).catch(() => 0), 2);
    });
  });

  it("and then() gives a promise of the host", async () => {
    await run(async () => {
      const task = createTask(double(1));
      const promises = [task.then(), double(1).then(), task.catch(), double(1).finally()];
      for (const promise of promises) assertInstanceOf(promise, Promise);
      assertEquals(await Promise.all(promises), [2, 2, 2, 2]);
    });
  });
});
