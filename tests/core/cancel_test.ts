// deno-lint-ignore-file require-yield
import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
} from "../../mod.ts";
import { play, timeWhenIdle, trace } from "./play.ts";

/** Awaits a task that ends cancelled; gives the CancelledError. */
function* cancellation(task: Task<unknown>): Coroutine<CancelledError> {
  try {
    yield* task;
  } catch (error) {
    assert(error instanceof CancelledError, String(error));
    assert(task.cancelled());
    return error;
  }
  throw new Error(`${task} was not cancelled`);
}

describe("Task.cancel()", () => {
  it("of a done task changes nothing and says so", async () => {
    await play(function* () {
      const task = createTask(sleep(0, "done"));
      yield* task;
      assertFalse(task.cancel());
      assertEquals(task.cancelling(), 0);
      assertFalse(task.cancelled());
      assertEquals(task.result(), "done");
    });
  });

  it("of a task that has not started runs none of its body, and carries the message", async () => {
    await play(function* () {
      let ran = false;
      const task = createTask(function* () {
        ran = true;
      });
      assert(task.cancel("early"));
      assertFalse(task.done());
      assertEquals((yield* cancellation(task)).message, "early");
      assertFalse(ran);
    });
  });

  it("of a sleeping task throws in the next iteration, and its awaiter hears it one later", async () => {
    const words = await trace(function* (say) {
      const task = createTask(function* () {
        try {
          yield* sleep(1_000);
        } catch (error) {
          say(`sleep:${error}`);
          throw error;
        }
      });
      yield* sleep(0);
      say("request");
      task.cancel("m2");
      say("requested");
      assertFalse(task.done());
      yield* sleep(0);
      assert(task.done());
      say(`done:${(yield* cancellation(task)).message}`);
    });
    assertEquals(words, "request requested sleep:CancelledError: m2 done:m2");
  });

  it("lets every finally run, the innermost first, and cleanup may await", async () => {
    const words = await trace(function* (say) {
      function* inner() {
        try {
          yield* sleep(1_000);
        } finally {
          yield* sleep(5);
          say("inner");
        }
      }
      const task = createTask(function* () {
        try {
          yield* inner();
        } finally {
          yield* sleep(5);
          say("outer");
        }
      });
      yield* sleep(0);
      task.cancel();
      yield* cancellation(task);
      say("end");
    });
    assertEquals(words, "inner outer end");
  });

  it("in a bare yield throws at the next step", async () => {
    const words = await trace(function* (say) {
      const task = createTask(function* () {
        try {
          yield* sleep(0);
          say("resumed");
        } catch (error) {
          say(`caught:${(error as Error).message}`);
          throw error;
        }
      });
      yield* sleep(0);
      task.cancel("tick");
      yield* cancellation(task);
    });
    assertEquals(words, "caught:tick");
  });

  it("by itself is delivered at the next await", async () => {
    const words = await trace(function* (say) {
      for (const delay of [0, 10]) {
        const task = createTask(function* () {
          currentTask()!.cancel("self");
          say("going-on");
          try {
            yield* sleep(delay);
          } catch (error) {
            say((error as Error).message);
            throw error;
          }
        });
        yield* cancellation(task);
      }
    });
    assertEquals(words, "going-on self going-on self");
  });

  it("by itself before it returns ends it cancelled, its value lost, the message kept", async () => {
    await play(function* () {
      const task = createTask(function* () {
        currentTask()!.cancel("late");
        return 5;
      });
      yield* sleep(0);
      assert(task.cancelled());
      for (let i = 0; i < 2; i++) assertThrows(() => task.result(), CancelledError, "late");
    });
  });

  it("by itself before it throws ends it failed", async () => {
    await play(function* () {
      const error = new Error("no");
      const task = createTask(function* () {
        currentTask()!.cancel();
        throw error;
      });
      yield* sleep(0);
      assertFalse(task.cancelled());
      assertStrictEquals(task.exception(), error);
      assertEquals(task.cancelling(), 1);
    });
  });

  it("by itself is delivered at a future that is done only at the await after it", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      future.setResult(1);
      const task = createTask(function* () {
        currentTask()!.cancel();
        assertEquals(yield* future, 1);
        yield* sleep(10);
      });
      yield* cancellation(task);
    });
  });

  it("between completion and wake-up wins over the result", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      for (const outcome of ["result", "exception"]) {
        const future = loop.createFuture<number>();
        const task = createTask(function* () {
          return yield* future;
        });
        yield* sleep(0);
        if (outcome === "result") future.setResult(5);
        else future.setException(new Error("lost"));
        task.cancel("wins");
        assertEquals((yield* cancellation(task)).message, "wins");
        assertFalse(future.cancelled());
      }
    });
  });

  it("before completion cancels the future that is awaited", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const task = createTask(function* () {
        yield* future;
      });
      yield* sleep(0);
      task.cancel("first");
      assert(future.cancelled());
      assertEquals((yield* cancellation(task)).message, "first");
    });
  });

  it("reaches down a chain of tasks, and the message comes up again", async () => {
    await play(function* () {
      const bottom = createTask(sleep(1_000));
      const middle = createTask(function* () {
        yield* bottom;
      });
      const top = createTask(function* () {
        yield* middle;
      });
      yield* sleep(0);
      yield* sleep(0);
      top.cancel("hey");
      assertEquals([top, middle, bottom].map((task) => task.cancelling()), [1, 1, 1]);
      assertEquals((yield* cancellation(top)).message, "hey");
      assert(bottom.cancelled() && middle.cancelled());
    });
  });

  it("that the inner task swallows leaves the outer one with the inner's value", async () => {
    await play(function* () {
      const inner = createTask(function* () {
        try {
          yield* sleep(1_000);
        } catch {
          return "swallowed";
        }
      });
      const outer = createTask(function* () {
        return yield* inner;
      });
      yield* sleep(0);
      yield* sleep(0);
      outer.cancel();
      assertEquals(yield* outer, "swallowed");
      assertEquals(outer.cancelling(), 1);
    });
  });

  it("twice before it is delivered throws once", async () => {
    await play(function* () {
      let thrown = 0;
      const task = createTask(function* () {
        for (let i = 0; i < 3; i++) {
          try {
            yield* sleep(10);
          } catch {
            thrown++;
          }
        }
        return "result";
      });
      yield* sleep(0);
      assert(task.cancel());
      assert(task.cancel());
      assertEquals(task.cancelling(), 2);
      assertEquals(yield* task, "result");
      assertEquals(thrown, 1);
      assertEquals(task.cancelling(), 2);
    });
  });

  it("again and again is thrown each time", async () => {
    await play(function* () {
      const messages: string[] = [];
      const task = createTask(function* () {
        for (let i = 0; i < 3; i++) {
          try {
            yield* sleep(1_000);
          } catch (error) {
            messages.push((error as Error).message);
          }
        }
      });
      yield* sleep(0);
      for (const message of ["one", "two", "three"]) {
        task.cancel(message);
        yield* sleep(0);
      }
      yield* task;
      assertEquals(messages, ["one", "two", "three"]);
    });
  });

  it("never runs the target's code at once", async () => {
    await play(function* () {
      let cleaned = false;
      const task = createTask(function* () {
        try {
          yield* sleep(1_000);
        } finally {
          cleaned = true;
        }
      });
      yield* sleep(0);
      task.cancel();
      assertFalse(cleaned);
      yield* sleep(0);
      assert(cleaned);
    });
  });

  it("gives the first who asks the very error of the coroutine, and later ones a bare one", async () => {
    await play(function* () {
      let original: unknown;
      const task = createTask(function* () {
        try {
          yield* sleep(1_000);
        } catch (error) {
          original = error;
          throw error;
        }
      });
      yield* sleep(0);
      task.cancel("kept");
      yield* sleep(0);
      assertStrictEquals(assertThrows(() => task.exception()), original);
      const later = assertThrows(() => task.result()) as CancelledError;
      assertNotStrictEquals(later, original);
      assertEquals(later.message, "");
    });
  });

  it("a CancelledError that a coroutine throws by itself cancels its task", async () => {
    await play(function* () {
      const error = new CancelledError("own");
      const task = createTask(function* () {
        throw error;
      });
      assertStrictEquals(yield* cancellation(task), error);
      assertEquals(task.cancelling(), 0);
    });
  });

  it("wins over a misuse that waits to be thrown", async () => {
    await play(function* () {
      const task = createTask(function* (): Coroutine<void> {
        yield 5 as never;
      });
      yield* sleep(0);
      task.cancel("wins");
      assertEquals((yield* cancellation(task)).message, "wins");
    });
  });

  it("while waiting leaves no timer behind that keeps the clock going", async () => {
    const idle = await timeWhenIdle(function* () {
      const tasks = Array.from({ length: 500 }, (_, i) => createTask(sleep(1_000_000 + i)));
      yield* sleep(0);
      for (const task of tasks) task.cancel();
    });
    assertEquals(idle, 0);
  });
});

describe("Task.uncancel()", () => {
  it("takes requests back down to none, and gives how many are left", async () => {
    await play(function* () {
      const task = createTask(sleep(1_000));
      assertEquals(task.uncancel(), 0);
      task.cancel();
      task.cancel();
      assertEquals(task.cancelling(), 2);
      assertEquals(task.uncancel(), 1);
      assertEquals(task.uncancel(), 0);
      assertEquals(task.uncancel(), 0);
      assertEquals(task.cancelling(), 0);
    });
  });

  it("to none drops a cancel that was not delivered yet", async () => {
    await play(function* () {
      const task = createTask(function* () {
        const self = currentTask()!;
        self.cancel();
        assertEquals(self.uncancel(), 0);
        yield* sleep(0);
        yield* sleep(5);
        return "went on";
      });
      assertEquals(yield* task, "went on");
      const unstarted = createTask(sleep(0, "started"));
      unstarted.cancel();
      unstarted.uncancel();
      assertEquals(yield* unstarted, "started");
    });
  });

  it("not to none leaves the cancel to be delivered", async () => {
    await play(function* () {
      const task = createTask(function* () {
        const self = currentTask()!;
        self.cancel();
        self.cancel();
        assertEquals(self.uncancel(), 1);
        yield* sleep(5);
      });
      yield* cancellation(task);
      assertEquals(task.cancelling(), 1);
    });
  });

  it("cannot call back a cancel that the awaited future has taken", async () => {
    await play(function* () {
      const task = createTask(sleep(1_000));
      yield* sleep(0);
      task.cancel();
      assertEquals(task.uncancel(), 0);
      yield* cancellation(task);
    });
  });
});

describe("CancelledError", () => {
  it("is an Error with a name, a message and a stack", () => {
    const error = new CancelledError("why");
    assert(error instanceof Error);
    assertEquals([error.name, error.message, String(error)], ["CancelledError", "why", "CancelledError: why"]);
    assertEquals(error.stack, "CancelledError: why");
    assertEquals(new CancelledError().message, "");
    assertEquals(String(new CancelledError()), "CancelledError");
  });

  it("takes a stack that somebody sets, as errors do", () => {
    const error = new CancelledError("why");
    error.stack = "mine";
    assertEquals(error.stack, "mine");
  });

  it("can be extended", () => {
    class Stopped extends CancelledError {}
    const error = new Stopped("why");
    assert(error instanceof CancelledError && error instanceof Stopped && error instanceof Error);
    assertEquals(error.message, "why");
  });
});
