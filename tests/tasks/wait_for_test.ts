// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { failure, play, timeWhenIdle, trace, virtualLoop } from "../core/play.ts";
import { caught, either, raise } from "./steps.ts";

describe("waitFor()", () => {
  it("gives the result of what is done in time, and leaves no timer", async () => {
    const idle = await timeWhenIdle(function* () {
      assertEquals(yield* waitFor(sleep(5, "in time"), 60_000), "in time");
    });
    assertEquals(idle, 5);
  });

  it("runs a coroutine in the task that awaits it", async () => {
    await play(function* () {
      const tasks = allTasks().size;
      function* who(): Coroutine<unknown> {
        yield* sleep(1);
        assertEquals(allTasks().size, tasks);
        return currentTask();
      }
      assertStrictEquals(yield* waitFor(who(), 100), currentTask());
      assertStrictEquals(yield* waitFor(who(), null), currentTask());
    });
  });

  it("throws a TimeoutError, caused by the cancel, once what it waited for has cleaned up", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      function* work(): Coroutine<void> {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(7);
          say(`cleaned up at ${loop.time()}`);
        }
      }
      try {
        yield* waitFor(work(), 10);
      } catch (error) {
        assertInstanceOf(error, TimeoutError);
        assertInstanceOf(error.cause, CancelledError);
        say(`late at ${loop.time()}`);
      }
      assertEquals(currentTask()?.cancelling(), 0);
    });
    assertEquals(words, "cleaned up at 17 late at 17");
  });

  it("cancels the task that it waits for when the time is over", async () => {
    await play(function* () {
      const task = createTask(sleep(60_000));
      const error = yield* caught(waitFor(task, 10));
      assertInstanceOf(error, TimeoutError);
      assert(task.cancelled());
    });
  });

  it("waits for ever when the timeout is null or Infinity", async () => {
    await play(function* () {
      assertEquals(yield* waitFor(sleep(1e12, "null"), null), "null");
      assertEquals(yield* waitFor(sleep(1e12, "Infinity"), Infinity), "Infinity");
    });
  });

  it("counts its time from when it is awaited", async () => {
    await play(function* () {
      const waiting = waitFor(sleep(5, "in time"), 10);
      yield* sleep(100);
      assertEquals(yield* waiting, "in time");
    });
  });

  it("waits for a promise, which goes on when the time is over", async () => {
    await play(function* () {
      assertEquals(yield* waitFor(Promise.resolve("promise"), 10), "promise");
      const { promise, resolve } = Promise.withResolvers<string>();
      assertInstanceOf(yield* caught(waitFor(promise, 10)), TimeoutError);
      assertInstanceOf(yield* caught(waitFor(promise, 0)), TimeoutError);
      resolve("late");
      yield* sleep(1);
    });
  });

  it("gives what a coroutine returns that swallows the cancel", async () => {
    await play(function* () {
      function* stubborn(): Coroutine<string> {
        try {
          yield* sleep(60_000);
          // deno-lint-ignore asyncio/no-swallowed-cancel
        } catch {
          // Stays.
        }
        return "stayed";
      }
      assertEquals(yield* waitFor(stubborn(), 10), "stayed");
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("gives on the error of a coroutine that turns the cancel into one", async () => {
    await play(function* () {
      const own = new RangeError("own");
      function* turning(): Coroutine<void> {
        try {
          yield* sleep(60_000);
          // deno-lint-ignore asyncio/no-swallowed-cancel
        } catch {
          throw own;
        }
      }
      assertStrictEquals(yield* caught(waitFor(turning(), 10)), own);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("loses a result that comes in the iteration in which the time is over", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      loop.callLater(10, () => future.setResult("close"));
      assertInstanceOf(yield* caught(waitFor(future, 10)), TimeoutError);
      assertEquals(future.result(), "close");
    });
  });

  it("cancels what it waits for when it is cancelled itself, with the message", async () => {
    await play(function* () {
      const task = createTask(sleep(60_000));
      const waiting = createTask(waitFor(task, 10_000));
      yield* sleep(1);
      waiting.cancel("outside");
      const error = yield* caught(waiting);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "outside");
      assert(task.cancelled() && waiting.cancelled());
    });
  });

  it("lets a cancel from outside through that comes together with the deadline", async () => {
    await play(function* () {
      const waiting = createTask(waitFor(sleep(60_000), 10));
      getRunningLoop().callLater(10, () => void waiting.cancel("outside"));
      yield* sleep(20);
      assert(waiting.cancelled());
    });
  });

  describe("with no time at all", () => {
    it("gives the result of what is done already, without suspending", async () => {
      await play(function* () {
        const future = getRunningLoop().createFuture<string>();
        future.setResult("done");
        let others = 0;
        getRunningLoop().callSoon(() => others++);
        for (const timeout of [0, -1, -Infinity]) assertEquals(yield* waitFor(future, timeout), "done");
        assertEquals(others, 0);
      });
    });

    it("never lets a coroutine begin", async () => {
      await play(function* () {
        let begun = false;
        function* work(): Coroutine<void> {
          begun = true;
        }
        const error = yield* caught(waitFor(work(), 0));
        assertInstanceOf(error, TimeoutError);
        assertInstanceOf(error.cause, CancelledError);
        assertFalse(begun);
      });
    });

    it("waits until the task that it cancels has really ended", async () => {
      await play(function* () {
        const loop = getRunningLoop();
        const task = createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            yield* sleep(50);
          }
        });
        yield* sleep(0);
        assertInstanceOf(yield* caught(waitFor(task, 0)), TimeoutError);
        assertEquals(loop.time(), 50);
        assert(task.cancelled());
      });
    });

    it("gives the result or the error of a task that does not let itself be cancelled", async () => {
      await play(function* () {
        const own = new Error("own");
        for (const end of [() => "stayed", () => raise(own)]) {
          const task = createTask(function* () {
            try {
              yield* sleep(60_000);
            } catch {
              return end();
            }
          });
          yield* sleep(0);
          const outcome = yield* either(waitFor(task, 0));
          assert(outcome === "stayed" || outcome === own);
        }
      });
    });

    it("can itself be cancelled while the task cleans up", async () => {
      await play(function* () {
        const task = createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            yield* sleep(50);
          }
        });
        yield* sleep(0);
        const waiting = createTask(waitFor(task, 0));
        yield* sleep(10);
        waiting.cancel("outside");
        yield* sleep(0);
        assert(waiting.cancelled());
        assertFalse(task.done());
        assert(!task.toString().includes("cb="), "it left its callback on the task");
        yield* caught(task);
      });
    });
  });

  describe("misuse", () => {
    it("refuses what cannot be waited for, in the call", () => {
      for (const value of [5, "text", null, undefined, {}, Symbol()]) {
        assertThrows(() => waitFor(value as unknown as Promise<void>, 1), TypeError, "must be");
      }
    });

    it("refuses a timeout that is no number, in the call, and NaN", () => {
      for (const timeout of ["1", undefined, {}, 1n]) {
        assertThrows(() => waitFor(sleep(1), timeout as unknown as number), TypeError, "milliseconds");
      }
      assertThrows(() => waitFor(sleep(1), NaN), RangeError, "NaN");
    });

    it("refuses to wait for a future of another loop, which stays as it was", async () => {
      const other = virtualLoop();
      const future = other.createFuture<void>();
      const error = await failure(() => waitFor(future, 10));
      assertInstanceOf(error, Error);
      assert(error.message.includes("another loop"), error.message);
      assertEquals(future.toString(), "<Future pending>");
      other.close();
    });
  });
});
