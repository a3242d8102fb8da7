// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { failure, play } from "./play.ts";

describe("call()", () => {
  it("gives what the coroutine returns, whatever it is made of", async () => {
    await play(function* () {
      function* generator(): Coroutine<string> {
        yield* sleep(1);
        return "generator";
      }
      const lazy = coroutine(function* () {
        return "lazy";
      });
      assertEquals(yield* call(generator()), "generator");
      assertEquals(yield* call(generator), "generator");
      assertEquals(yield* call(lazy()), "lazy");
      assertEquals(yield* call(sleep(1, "sleep")), "sleep");
      assertEquals(yield* call(sleep(0)), undefined);
      assertEquals(yield* call(call(generator)), "generator");
      const asynchronous = coroutine(async () => await sleep(1, "async"));
      assertEquals(yield* call(asynchronous()), "async");
    });
  });

  it("recurses a million levels deep, with an await at the bottom", async () => {
    function* depth(levels: number): Coroutine<number> {
      if (levels > 0) return 1 + (yield* call(depth(levels - 1)));
      yield* sleep(1);
      yield* sleep(0);
      return 0;
    }
    assertEquals(await play(depth(1_000_000)), 1_000_000);
  });

  it("lets an error through every level, and each finally run", async () => {
    const error = new Error("bottom");
    let cleaned = 0;
    function* depth(levels: number): Coroutine<number> {
      if (levels === 0) throw error;
      try {
        return yield* call(depth(levels - 1));
      } finally {
        cleaned++;
        if (levels % 1_000 === 0) yield* sleep(0);
      }
    }
    assertStrictEquals(await failure(depth(10_000)), error);
    assertEquals(cleaned, 10_000);
  });

  it("an error may be caught at any level, and the work goes on", async () => {
    await play(function* () {
      function* fails(): Coroutine<never> {
        yield* sleep(0);
        throw new Error("no");
      }
      function* catches(): Coroutine<string> {
        try {
          return yield* call(fails());
          // deno-lint-ignore asyncio/no-swallowed-cancel
        } catch (error) {
          yield* call(sleep(1));
          return (error as Error).message;
        }
      }
      assertEquals(yield* call(catches()), "no");
      assertEquals(yield* call(catches()), "no");
    });
  });

  it("a cancel inside is thrown at the innermost await and goes up through every level", async () => {
    await play(function* () {
      const order: number[] = [];
      function* depth(levels: number): Coroutine<void> {
        try {
          if (levels === 0) yield* sleep(1_000);
          else yield* call(depth(levels - 1));
        } catch (error) {
          assert(error instanceof CancelledError);
          assertEquals(error.message, "inside");
          throw error;
        } finally {
          yield* sleep(0);
          order.push(levels);
        }
      }
      const task = createTask(depth(3));
      yield* sleep(1);
      task.cancel("inside");
      yield* sleep(1);
      assert(task.cancelled());
      assertEquals(order, [0, 1, 2, 3]);
    });
  });

  it("runs in the same task, with no iteration between", async () => {
    await play(function* () {
      let called = false;
      getRunningLoop().callSoon(() => called = true);
      const task = yield* call(function* (): Coroutine<unknown> {
        return currentTask();
      });
      assertStrictEquals(task, currentTask());
      assert(!called);
    });
  });

  it("a cancel by itself before it is delivered inside", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(function* () {
        currentTask()!.cancel("self");
        yield* call(function* (): Coroutine<void> {
          seen.push("inside");
          yield* sleep(5);
          seen.push("never");
        });
      });
      yield* sleep(10);
      assert(task.cancelled());
      assertEquals(seen, ["inside"]);
    });
  });

  it("refuses in the coroutine what it cannot run, and the loop goes on", async () => {
    for (const value of [5, null, Promise.resolve(), {}]) {
      const error = await failure(function* () {
        yield* call(value as never);
      });
      assert(error instanceof TypeError);
      assertMatch(error.message, /^Cannot call .*it needs a coroutine|^Cannot call a promise/);
    }
  });

  it("awaited twice is refused", async () => {
    const error = await failure(function* () {
      const once = call(sleep(0));
      yield* once;
      yield* once;
    });
    assert(error instanceof RuntimeError);
    assertMatch(error.message, /Cannot await call\(\) twice/);
  });

  it("can be a task, and awaited in an async function", async () => {
    function* work(): Coroutine<string> {
      yield* sleep(1);
      return "done";
    }
    assertEquals(await play(call(work)), "done");
    assertEquals(await play(async () => await call(work)), "done");
  });

  it("a misuse inside is thrown inside", async () => {
    await play(function* () {
      const message = yield* call(function* (): Coroutine<string> {
        try {
          yield 5 as never;
        } catch (error) {
          return (error as Error).message;
        }
        return "not thrown";
      });
      assertMatch(message, /which is nothing to wait for/);
    });
  });
});
