import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  coroutine,
  createTask,
  ensureFuture,
  getRunningLoop,
  RuntimeError,
  setEventLoop,
  sleep,
  Task,
} from "../../mod.ts";
import { play, virtualEventLoop, virtualLoop } from "../core/play.ts";

function* five(): Coroutine<number> {
  yield* sleep(1);
  return 5;
}

describe("ensureFuture()", () => {
  it("gives a future and a task back as they are", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      assertStrictEquals(ensureFuture(future), future);
      const task = createTask(five());
      assertStrictEquals(ensureFuture(task), task);
      assertStrictEquals(ensureFuture(task, { loop: getRunningLoop() }), task);
      yield* task;
    });
  });

  it("makes a task of a coroutine and of a lazy awaitable", async () => {
    await play(function* () {
      const lazy = coroutine(five);
      for (const future of [ensureFuture(five()), ensureFuture(lazy())]) {
        assertInstanceOf(future, Task);
        assertEquals(yield* future, 5);
      }
    });
  });

  it("makes a task that waits for a promise", async () => {
    await play(function* () {
      const future = ensureFuture(Promise.resolve("kept"));
      assertInstanceOf(future, Task);
      assertEquals(yield* future, "kept");
    });
  });

  it("gives the reason of a promise that rejects", async () => {
    await play(function* () {
      const reason = new Error("broken");
      const future = ensureFuture(Promise.reject(reason));
      let caught: unknown;
      try {
        yield* future;
      } catch (error) {
        caught = error;
      }
      assertStrictEquals(caught, reason);
    });
  });

  it("takes any object with a then for a promise", async () => {
    await play(function* () {
      const thenable = { then: (resolve: (value: string) => void) => resolve("then") };
      assertEquals(yield* ensureFuture(thenable as unknown as PromiseLike<string>), "then");
    });
  });

  it("uses the loop that it is given, also when none runs", async () => {
    const loop = virtualLoop();
    const future = ensureFuture(five(), { loop });
    assertStrictEquals(future.getLoop(), loop);
    assertEquals(await loop.runUntilComplete(future), 5);
    loop.close();
  });

  it("uses the loop that was set, when none runs", async () => {
    const loop = virtualEventLoop();
    setEventLoop(loop);
    try {
      const future = ensureFuture(five());
      assertStrictEquals(future.getLoop(), loop);
      assertEquals(await loop.runUntilComplete(future), 5);
    } finally {
      setEventLoop(null);
      loop.close();
    }
  });

  it("refuses a future of another loop than the one given, which stays as it was", () => {
    const [one, other] = [virtualLoop(), virtualLoop()];
    const future = one.createFuture();
    assertThrows(() => ensureFuture(future, { loop: other }), RangeError, "another loop");
    assert(!future.done());
    one.close();
    other.close();
  });

  it("refuses to make a task without a loop, and says how to get one", () => {
    const error = assertThrows(() => ensureFuture(five()), RuntimeError);
    assertMatch(error.message, /run\(\)/);
  });

  it("refuses what cannot be waited for", () => {
    for (const value of [5, "text", null, undefined, {}, [], Symbol("s")]) {
      assertThrows(() => ensureFuture(value as unknown as Promise<void>), TypeError, "must be");
    }
  });

  it("makes a task of a function, as createTask() does", async () => {
    await play(function* () {
      const made = ensureFuture(five);
      const asynchronous = ensureFuture(async () => await sleep(1, "six"));
      assertEquals([yield* made, yield* asynchronous], [5, "six"]);
    });
  });

  it("lets a cancel of the task of a promise end the wait at once, and drops the late value", async () => {
    await play(function* () {
      const { promise, resolve } = Promise.withResolvers<string>();
      const future = ensureFuture(promise);
      yield* sleep(0);
      future.cancel("no longer");
      yield* sleep(0);
      assert(future.cancelled());
      resolve("late");
      yield* sleep(1);
      assert(future.cancelled());
    });
  });
});
