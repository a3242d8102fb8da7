// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  type BaseEventLoop,
  CancelledError,
  type ConcurrentFuture,
  type Coroutine,
  currentTask,
  type ExceptionContext,
  runCoroutineThreadsafe,
  RuntimeError,
  sleep,
  type Task,
} from "../../mod.ts";
import { rejection, virtualLoop } from "../core/play.ts";
import { failAfter } from "./steps.ts";

/** Runs host code beside a loop that runs; gives what the exception handler was told. */
async function beside(host: (loop: BaseEventLoop) => Promise<void>): Promise<ExceptionContext[]> {
  const loop = virtualLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => void reports.push(context));
  const running = loop.runForever();
  try {
    await host(loop);
  } finally {
    loop.stop();
    await running;
    loop.close();
  }
  return reports;
}

/** Lets the loop, whose turns are microtasks, come to rest. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("runCoroutineThreadsafe()", () => {
  it("runs a coroutine, a lazy awaitable, or a function on the loop, and gives a promise of the result", async () => {
    const reports = await beside(async (loop) => {
      function* five(): Coroutine<number> {
        yield* sleep(1);
        return 5;
      }
      assertEquals(await runCoroutineThreadsafe(five(), loop), 5);
      assertEquals(await runCoroutineThreadsafe(five, loop), 5);
      assertEquals(await runCoroutineThreadsafe(sleep(1, "lazy"), loop), "lazy");
      assertEquals(await runCoroutineThreadsafe(async () => await sleep(1, "async"), loop), "async");
    });
    assertEquals(reports, []);
  });

  it("gives the coroutine's error, which counts as read", async () => {
    const error = new Error("bad");
    const reports = await beside(async (loop) => {
      const future = runCoroutineThreadsafe(failAfter(2, error), loop);
      assertStrictEquals(await rejection(future), error);
      assert(future.done());
      assertFalse(future.cancelled());
    });
    assertEquals(reports, []);
  });

  it("runs nothing before the loop does, and then what was asked for in order", async () => {
    const loop = virtualLoop();
    const order: string[] = [];
    function* word(text: string): Coroutine<void> {
      order.push(text);
    }
    const futures = ["a", "b"].map((text) => runCoroutineThreadsafe(word(text), loop));
    await rest();
    assertEquals(order, []);
    const running = loop.runForever();
    await Promise.all(futures);
    assertEquals(order, ["a", "b"]);
    loop.stop();
    await running;
    loop.close();
  });

  it("cancels the task when it is cancelled, with the message, and rejects at once", async () => {
    await beside(async (loop) => {
      let cause: unknown;
      const future = runCoroutineThreadsafe(function* () {
        try {
          yield* sleep(60_000);
        } catch (error) {
          cause = error;
          throw error;
        }
      }, loop);
      await Promise.resolve();
      await Promise.resolve();
      assert(future.cancel("enough"));
      assert(future.cancelled() && future.done());
      assertFalse(future.cancel());
      assertInstanceOf(await rejection(future), CancelledError);
      await rest();
      assertInstanceOf(cause, CancelledError);
      assertEquals(cause.message, "enough");
    });
  });

  for (const form of ["a coroutine", "an async function", "a callback"] as const) {
    it(`cancels the task at once when ${form} of its own loop cancels it, as in CPython 3.15`, async () => {
      await beside(async (loop) => {
        let task: Task<unknown> | null = null;
        const future = runCoroutineThreadsafe(function* () {
          task = currentTask();
          yield* sleep(60_000);
        }, loop);
        await rest();
        const seen: unknown[] = [];
        const cancel = (): void => void seen.push(future.cancel("enough"), task!.cancelling());
        if (form === "a callback") {
          loop.callSoonThreadsafe(cancel);
        } else {
          const coroutine = function* (): Coroutine<void> {
            yield* sleep(1);
            cancel();
          };
          const asynchronous = async (): Promise<void> => {
            await sleep(1);
            cancel();
          };
          await runCoroutineThreadsafe(form === "a coroutine" ? coroutine : asynchronous, loop);
        }
        await rest();
        assertEquals(seen, [true, 1]);
        assertInstanceOf(await rejection(future), CancelledError);
        assert(task!.cancelled());
      });
    });
  }

  it("cancels the task in the loop's next iteration when it is cancelled outside of the loop, or on another", async () => {
    await beside(async (loop) => {
      let task: Task<unknown> | null = null;
      const future = runCoroutineThreadsafe(function* () {
        task = currentTask();
        yield* sleep(60_000);
      }, loop);
      await rest();
      future.cancel();
      assertEquals(task!.cancelling(), 0);
      await rest();
      assert(task!.cancelled());
    });
  });

  it("never begins when it is cancelled before the loop took it", async () => {
    let begun = false;
    await beside(async (loop) => {
      const future = runCoroutineThreadsafe(function* () {
        begun = true;
      }, loop);
      future.cancel();
      assertInstanceOf(await rejection(future), CancelledError);
      await rest();
    });
    assertFalse(begun);
  });

  it("is cancelled when the task is", async () => {
    await beside(async (loop) => {
      const future = runCoroutineThreadsafe(function* () {
        yield* sleep(60_000);
      }, loop);
      await rest();
      const [task] = allTasks(loop);
      task!.cancel();
      assertInstanceOf(await rejection(future), CancelledError);
      assert(future.cancelled());
    });
  });

  it("may be cancelled and forgotten: nobody need catch what nobody awaits", async () => {
    await beside(async (loop) => {
      const begun = runCoroutineThreadsafe(sleep(60_000), loop);
      await rest();
      begun.cancel();
      runCoroutineThreadsafe(sleep(1), loop).cancel();
      // An unhandled rejection would fail the whole run of the tests, at the next macrotask.
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
  });

  it("can still be cancelled when the loop is closed", async () => {
    const futures: ConcurrentFuture<unknown>[] = [];
    await beside(async (loop) => {
      futures.push(runCoroutineThreadsafe(sleep(60_000), loop));
      await rest();
    });
    assert(futures[0]!.cancel("too late"));
    assertInstanceOf(await rejection(futures[0]!), CancelledError);
  });

  it("gives a failure to make the task to its caller, and tells the loop", async () => {
    const refusal = new RangeError("no tasks here");
    const reports = await beside(async (loop) => {
      loop.setTaskFactory(() => {
        throw refusal;
      });
      assertStrictEquals(await rejection(runCoroutineThreadsafe(sleep(1), loop)), refusal);
    });
    assertEquals(reports.map(({ exception }) => exception), [refusal]);
  });

  it("refuses what is no coroutine, and says what it may be", () => {
    const loop = virtualLoop();
    for (const value of [5, null, undefined, Promise.resolve(), loop.createFuture()]) {
      assertThrows(
        () => runCoroutineThreadsafe(value as unknown as Coroutine<void>, loop),
        TypeError,
        "generator or async function",
      );
    }
    loop.close();
  });

  it("refuses a loop that is closed", () => {
    const loop = virtualLoop();
    loop.close();
    assertThrows(() => runCoroutineThreadsafe(sleep(1), loop), RuntimeError, "closed");
  });
});
