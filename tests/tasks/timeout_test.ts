// deno-lint-ignore-file require-yield asyncio/no-swallowed-cancel
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  RuntimeError,
  sleep,
  taskGroup,
  type Timeout,
  timeout,
  timeoutAt,
  TimeoutError,
} from "../../mod.ts";
import { failure, play, timeWhenIdle, trace } from "../core/play.ts";
import { caught, ticks } from "./steps.ts";

/** Sleeps for longer than any deadline here. */
function* long(): Coroutine<void> {
  yield* sleep(60_000);
}

describe("timeout()", () => {
  it("gives the body's result, and leaves no timer", async () => {
    const idle = await timeWhenIdle(function* () {
      const scopes: Timeout[] = [];
      const result = yield* timeout(60_000, function* (scope) {
        scopes.push(scope);
        return yield* sleep(5, "in time");
      });
      assertEquals(result, "in time");
      assertFalse(scopes[0]!.expired());
      assertEquals(scopes[0]!.toString(), "<Timeout [finished]>");
    });
    assertEquals(idle, 5);
  });

  it("expires before what is scheduled after it, when its deadline is now", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let expired: boolean | undefined;
      const body = function* (scope: Timeout): Coroutine<void> {
        loop.callSoon(() => expired = scope.expired());
        yield* long();
      };
      assertInstanceOf(yield* caught(timeoutAt(loop.time(), body)), TimeoutError);
      assertEquals(expired, true);
    });
  });

  it("throws a TimeoutError caused by the cancel, once the body has cleaned up", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      const error = yield* caught(timeout(10, function* () {
        try {
          yield* long();
        } finally {
          yield* sleep(5);
          say(`clean at ${loop.time()}`);
        }
      }));
      assertInstanceOf(error, TimeoutError);
      assertInstanceOf(error.cause, CancelledError);
      say(`late at ${loop.time()}`);
      assertEquals(currentTask()?.cancelling(), 0);
      yield* sleep(1);
    });
    assertEquals(words, "clean at 15 late at 15");
  });

  it("runs the body in the task that awaits it", async () => {
    await play(function* () {
      const task = currentTask();
      yield* timeout(10, function* () {
        assertStrictEquals(currentTask(), task);
      });
    });
  });

  it("lets the body's own error through", async () => {
    await play(function* () {
      const own = new Error("own");
      assertStrictEquals(yield* caught(timeout(10, () => failing(own))), own);
      function* failing(error: Error): Coroutine<void> {
        throw error;
      }
    });
  });

  it("lets an error through that the body makes of the cancel", async () => {
    await play(function* () {
      const own = new Error("own");
      const error = yield* caught(timeout(10, function* () {
        try {
          yield* long();
        } catch {
          throw own;
        }
      }));
      assertStrictEquals(error, own);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("says nothing but expired() when the body swallows the cancel", async () => {
    await play(function* () {
      const scopes: Timeout[] = [];
      const result = yield* timeout(10, function* (scope) {
        scopes.push(scope);
        try {
          yield* long();
        } catch {
          assert(scope.expired());
          return "stayed";
        }
      });
      assertEquals(result, "stayed");
      assert(scopes[0]!.expired());
      assertEquals(scopes[0]!.toString(), "<Timeout [expired]>");
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("has no deadline when the delay is null or Infinity", async () => {
    await play(function* () {
      assertEquals(yield* timeout(null, () => sleep(1e12, "null")), "null");
      assertEquals(yield* timeout(Infinity, () => sleep(1e12, "Infinity")), "Infinity");
    });
  });

  it("fires in the next iteration when the delay is zero: the body is interrupted in the one after", async () => {
    await play(function* () {
      for (const delay of [0, -5, -Infinity]) {
        let iteration = 0;
        const counting = createTask(function* () {
          for (;; iteration++) yield* sleep(0);
        });
        let interrupted = -1;
        const error = yield* caught(timeout(delay, function* () {
          try {
            yield* long();
          } finally {
            interrupted = iteration;
          }
        }));
        assertInstanceOf(error, TimeoutError);
        assertEquals(interrupted, 1);
        counting.cancel();
        yield* ticks(2);
      }
    });
  });

  it("does not disturb a body that never suspends, even if the delay is zero", async () => {
    await play(function* () {
      assertEquals(
        yield* timeout(0, function* () {
          return "quick";
        }),
        "quick",
      );
      yield* ticks(3);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("counts its time from the call", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const scope = timeout(10, () => long());
      yield* sleep(8);
      assertInstanceOf(yield* caught(scope), TimeoutError);
      assertEquals(loop.time(), 10);
    });
  });

  it("counts its time from the start when it was called before a loop ran", async () => {
    const scope = timeout(10, function* (deadline) {
      assertEquals(deadline.when(), getRunningLoop().time() + 10);
      return yield* sleep(5, "in time");
    });
    assertEquals(await play(scope), "in time");
  });

  it("lets a cancel from outside through, with its message", async () => {
    await play(function* () {
      const task = createTask(timeout(60_000, () => long()));
      yield* ticks(1);
      task.cancel("outside");
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "outside");
      assert(task.cancelled());
    });
  });

  it("lets a cancel from outside through that comes together with the deadline, in either order", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      for (const first of ["deadline", "cancel"]) {
        const when = loop.time() + 10;
        let scope: Timeout | undefined;
        const body = timeoutAt(when, function* (inner) {
          scope = inner;
          yield* long();
        });
        const task = createTask(body);
        if (first === "cancel") loop.callAt(when, () => void task.cancel("outside"));
        yield* ticks(1);
        if (first === "deadline") loop.callAt(when, () => void task.cancel("outside"));
        yield* sleep(20);
        assert(task.cancelled());
        assertEquals(task.cancelling(), 1);
        assert(scope?.expired());
      }
    });
  });

  it("keeps counts that the task had before", async () => {
    await play(function* () {
      const task = createTask(function* () {
        try {
          yield* long();
        } catch {
          assertEquals(currentTask()?.cancelling(), 1);
          assertInstanceOf(yield* caught(timeout(10, () => long())), TimeoutError);
          assertEquals(currentTask()?.cancelling(), 1);
          return "went on";
        }
      });
      yield* ticks(1);
      task.cancel();
      assertEquals(yield* task, "went on");
    });
  });

  it("makes a child's failure in a group that it interrupts no TimeoutError", async () => {
    await play(function* () {
      const own = new Error("own");
      const error = yield* caught(timeout(10, () =>
        taskGroup(function* (group) {
          group.createTask(function* () {
            try {
              yield* long();
            } catch {
              throw own;
            }
          });
          yield* long();
        })));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      yield* ticks(2);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });
});

describe("nested timeout()", () => {
  function* nested(outer: number, inner: number, say: (word: string) => void): Coroutine<void> {
    const scopes: Timeout[] = [];
    try {
      yield* timeout(outer, function* (outerScope) {
        scopes.push(outerScope);
        try {
          yield* timeout(inner, function* (innerScope) {
            scopes.push(innerScope);
            yield* long();
          });
        } catch (error) {
          say(`inner:${(error as Error).name}`);
          throw error;
        }
      });
    } catch (error) {
      say(`outer:${(error as Error).name}`);
    }
    say(`${scopes[0]!.expired()},${scopes[1]!.expired()},${currentTask()!.cancelling()}`);
  }

  it("converts in the inner one when that alone has fired", async () => {
    const words = await trace((say) => nested(20, 10, say));
    assertEquals(words, "inner:TimeoutError outer:TimeoutError false,true,0");
  });

  it("converts in the outer one when that alone has fired", async () => {
    const words = await trace((say) => nested(10, 20, say));
    assertEquals(words, "inner:CancelledError outer:TimeoutError true,false,0");
  });

  it("converts in the outer one when both have fired", async () => {
    const words = await trace((say) => nested(10, 10, say));
    assertEquals(words, "inner:CancelledError outer:TimeoutError true,true,0");
  });

  it("interrupts a body again that swallowed the inner deadline", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const error = yield* caught(timeout(20, function* () {
        assertInstanceOf(yield* caught(timeout(10, () => long())), TimeoutError);
        yield* long();
      }));
      assertInstanceOf(error, TimeoutError);
      assertEquals(loop.time(), 20);
    });
  });
});

describe("timeoutAt()", () => {
  it("fires at a time of the loop's clock", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      yield* sleep(100);
      assertInstanceOf(yield* caught(timeoutAt(130, () => long())), TimeoutError);
      assertEquals(loop.time(), 130);
    });
  });

  it("shares one deadline among several steps", async () => {
    await play(function* () {
      const deadline = getRunningLoop().time() + 100;
      yield* timeoutAt(deadline, () => sleep(60));
      assertInstanceOf(yield* caught(timeoutAt(deadline, () => sleep(60))), TimeoutError);
      assertEquals(getRunningLoop().time(), 100);
    });
  });

  it("fires at once for a time that has passed", async () => {
    await play(function* () {
      yield* sleep(100);
      assertInstanceOf(yield* caught(timeoutAt(50, () => long())), TimeoutError);
      assertEquals(getRunningLoop().time(), 100);
    });
  });

  it("needs no loop to be made", async () => {
    assertEquals(await play(timeoutAt(null, () => sleep(1, "no deadline"))), "no deadline");
  });
});

describe("Timeout", () => {
  it("tells its deadline, null for none", async () => {
    await play(function* () {
      yield* sleep(7);
      yield* timeout(10, function* (scope) {
        assertEquals(scope.when(), 17);
        assertEquals(scope.toString(), "<Timeout [active] when=in 10 ms>");
      });
      yield* timeout(null, function* (scope) {
        assertStrictEquals(scope.when(), null);
      });
      yield* timeoutAt(500, function* (scope) {
        assertEquals(scope.when(), 500);
      });
    });
  });

  it("is expiring from the deadline to the end of the body", async () => {
    await play(function* () {
      yield* caught(timeout(10, function* (scope) {
        try {
          yield* long();
        } finally {
          assertEquals(scope.toString(), "<Timeout [expiring]>");
          assert(scope.expired());
        }
      }));
    });
  });

  it("reschedule() moves the deadline, later, earlier, into the past, and away", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      yield* timeout(10, function* (scope) {
        scope.reschedule(100);
        assertEquals(scope.when(), 100);
        yield* sleep(50);
        scope.reschedule(null);
        assertStrictEquals(scope.when(), null);
        yield* sleep(1_000);
      });
      assertEquals(loop.time(), 1_050);
      const earlier = yield* caught(timeout(500, function* (scope) {
        scope.reschedule(loop.time() + 10);
        yield* long();
      }));
      assertInstanceOf(earlier, TimeoutError);
      assertEquals(loop.time(), 1_060);
      const past = yield* caught(timeout(500, function* (scope) {
        scope.reschedule(0);
        yield* long();
      }));
      assertInstanceOf(past, TimeoutError);
      assertEquals(loop.time(), 1_060);
    });
  });

  it("reschedule() sets a deadline where there was none", async () => {
    await play(function* () {
      const error = yield* caught(timeout(null, function* (scope) {
        scope.reschedule(30);
        yield* long();
      }));
      assertInstanceOf(error, TimeoutError);
      assertEquals(getRunningLoop().time(), 30);
    });
  });

  it("reschedule() takes back a deadline that is due but has not fired", async () => {
    await play(function* () {
      const result = yield* timeout(0, function* (scope) {
        scope.reschedule(null);
        return yield* sleep(100, "taken back");
      });
      assertEquals(result, "taken back");
    });
  });

  it("reschedule() refuses in every state but active, and names the state", async () => {
    await play(function* () {
      const scopes: Timeout[] = [];
      yield* caught(timeout(10, function* (scope) {
        scopes.push(scope);
        try {
          yield* long();
        } finally {
          assertThrows(() => scope.reschedule(1_000), RuntimeError, "expiring");
        }
      }));
      assertThrows(() => scopes[0]!.reschedule(1_000), RuntimeError, "expired");
      yield* timeout(10, function* (scope) {
        scopes.push(scope);
      });
      assertThrows(() => scopes[1]!.reschedule(1_000), RuntimeError, "finished");
      assertEquals(scopes[1]!.toString(), "<Timeout [finished]>");
      yield* sleep(2_000);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("reschedule() refuses what is no time, and keeps the deadline", async () => {
    await play(function* () {
      const error = yield* caught(timeout(10, function* (scope) {
        assertThrows(() => scope.reschedule(NaN), RangeError, "NaN");
        assertThrows(() => scope.reschedule("20" as unknown as number), TypeError, "milliseconds");
        assertThrows(() => scope.reschedule(undefined as unknown as number), TypeError, "milliseconds");
        assertEquals(scope.when(), 10);
        yield* long();
      }));
      assertInstanceOf(error, TimeoutError);
      assertEquals(getRunningLoop().time(), 10);
    });
  });
});

describe("timeout(), misused", () => {
  it("refuses to be awaited twice, and runs its body once", async () => {
    await play(function* () {
      let bodies = 0;
      const scope = timeout(10, function* () {
        bodies++;
        yield* sleep(1);
      });
      yield* scope;
      const error = yield* caught(scope);
      assertInstanceOf(error, RuntimeError);
      assert(error.message.includes("twice"), error.message);
      assertEquals(bodies, 1);
    });
  });

  it("refuses to begin outside a task", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let thrown: unknown;
      loop.callSoon(() => {
        try {
          timeout(10, () => sleep(1))[Symbol.iterator]().next();
        } catch (error) {
          thrown = error;
        }
      });
      yield* ticks(2);
      assertInstanceOf(thrown, RuntimeError);
      assert(thrown.message.includes("outside a task"), thrown.message);
    });
  });

  it("refuses what is no number, and NaN, in the call", () => {
    for (const form of [timeout, timeoutAt]) {
      for (const value of ["5", undefined, {}, 5n]) {
        assertThrows(() => form(value as unknown as number, () => sleep(1)), TypeError, "milliseconds");
      }
      assertThrows(() => form(NaN, () => sleep(1)), RangeError, "NaN");
    }
  });

  it("refuses a body that is no function, in the call", () => {
    for (const form of [timeout, timeoutAt]) {
      for (const body of [undefined, null, 5, sleep(1), Promise.resolve()]) {
        assertThrows(() => form(1, body as unknown as () => Coroutine<void>), TypeError, "generator function");
      }
    }
  });

  it("refuses a body that gives nothing to run, and says what it may be", async () => {
    for (const made of [5, undefined, "text"]) {
      const error = await failure(() => timeout(1, (() => made) as unknown as () => Coroutine<void>));
      assertInstanceOf(error, TypeError);
      assert(error.message.includes("generator or async function"), error.message);
    }
  });
});
