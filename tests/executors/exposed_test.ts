import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  exposed,
  run,
  RuntimeError,
  sleep,
  WorkerPool,
} from "../../mod.ts";
import { given, withPool } from "./pools.ts";
import { within } from "../within.ts";

describe("WorkerPool.expose()", () => {
  it("lets coroutines and async functions in a worker call functions of every kind on this loop", async () => {
    await withPool(async ({ pool, work }) => {
      pool.expose({
        *price(item: string): Coroutine<number> {
          yield* sleep(1);
          return item.length;
        },
        later: async (value: number) => {
          await sleep(1);
          return value * 10;
        },
      });
      assertEquals(await work.total(["a", "bb"]), 3);
      pool.expose({ price: (item: string) => item.length + 1 });
      assertEquals(await work.total(["a", "bb"]), 5);
      assertEquals(await work.totalAsync(["a", "bb"]), 50);
    });
  });

  it("runs them as tasks, and tells the worker what they throw", async () => {
    await withPool(async ({ pool, work }) => {
      const names: (string | undefined)[] = [];
      pool.expose({
        *who(): Coroutine<string> {
          names.push(currentTask()?.getName());
          yield* sleep(0);
          return "task";
        },
        fails: () => {
          throw new RangeError("out of range", { cause: "a reason" });
        },
        cancels: () => {
          throw new CancelledError("not today");
        },
        unclonable: () => () => 5,
      });
      assertEquals(await work.ask("who"), "task");
      assertMatch(String(names), /Task-/);
      const error = await assertRejects(() => ask("fails"), RangeError, "out of range");
      assertEquals(error.cause, "a reason");
      await assertRejects(() => ask("cancels"), CancelledError);
      await assertRejects(() => ask("unclonable"), TypeError, "result of unclonable()");
      await assertRejects(() => ask("missing"), RuntimeError, "exposed no such function");
      await assertRejects(() => work.sendFunction() as unknown as Promise<unknown>, TypeError, "arguments of price()");
      function ask(name: Parameters<typeof work.ask>[0]): Promise<unknown> {
        return work.ask(name) as unknown as Promise<unknown>;
      }
    });
  });

  it("cancels the task here when the worker gives up, and when its call is cancelled", async () => {
    await withPool(async ({ pool, work }) => {
      const heard: string[] = [];
      let begun = Promise.withResolvers<void>();
      pool.expose({
        *forever(): Coroutine<void> {
          begun.resolve();
          try {
            yield* sleep(Infinity);
          } catch (error) {
            heard.push((error as Error).message);
            throw error;
          }
        },
      });
      assertEquals(await work.askAndGiveUp(), "enough");
      assertEquals(heard, ["enough"]);

      begun = Promise.withResolvers<void>();
      const task = createTask(work.askForEver());
      await within(begun.promise, "the beginning of the call");
      task.cancel("stop");
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      assertEquals(await work.doubled(1), 2);
      assertEquals(heard.length, 2);
    });
  });

  it("cancels the task here when the worker is gone", async () => {
    await withPool(async ({ pool, work }) => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<string>();
      pool.expose({
        *forever(): Coroutine<void> {
          begun.resolve();
          try {
            yield* sleep(Infinity);
          } finally {
            ended.resolve("ended");
          }
        },
      });
      const task = createTask(work.askForEver.with({ onCancel: "terminate" })());
      await within(begun.promise, "the beginning of the call");
      task.cancel();
      assertEquals(await within(ended.promise, "the end of the call"), "ended");
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
    });
  });

  it("has no loop to run on for a call that was made outside of one", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    const { work } = given(pool);
    pool.expose({ price: () => 1 });
    const outside = pool.submit(work.total, ["a"]);
    await assertRejects(() => outside as unknown as Promise<unknown>, RuntimeError, "outside of an event loop");
    assertEquals(await run(async () => await pool.submit(work.total, ["a"])), 1);
  });

  it("refuses what is no function, and exposed() is of use only in a worker", async () => {
    const pool = new WorkerPool();
    assertThrows(() => pool.expose({ price: 5 as unknown as () => void }), TypeError, "price");
    const { price } = exposed<{ price(): number }>();
    await assertRejects(() => run(() => price()), RuntimeError, "no worker");
    assert(!("then" in exposed<object>()));
    const misused = exposed as unknown as (fn: () => void) => unknown;
    assertThrows(() => misused(() => {}), TypeError, "pool.expose({");
  });
});
