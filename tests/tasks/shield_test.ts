// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { play, playAndListen, trace } from "../core/play.ts";
import { after, caught, failAfter, ticks } from "./steps.ts";

describe("shield()", () => {
  it("gives the result of what it protects", async () => {
    await play(function* () {
      assertEquals(yield* shield(sleep(5, "task")), "task");
      assertEquals(yield* shield(Promise.resolve("promise")), "promise");
      const future = getRunningLoop().createFuture<string>();
      getRunningLoop().callSoon(() => future.setResult("future"));
      assertEquals(yield* shield(future), "future");
    });
  });

  it("gives its error on, which counts as read", async () => {
    const error = new Error("bad");
    const [, reports] = await playAndListen(function* () {
      const inner = createTask(failAfter(1, error));
      assertStrictEquals(yield* caught(shield(inner)), error);
    });
    assertEquals(reports, []);
  });

  it("gives what is done already back as it is", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      future.setResult(1);
      assertStrictEquals(shield(future), future);
    });
  });

  it("interrupts whoever waits, while the work goes on to its end", async () => {
    const words = await trace(function* (say) {
      const inner = createTask(function* () {
        yield* ticks(4);
        say("inner end");
      });
      const outer = createTask(function* () {
        try {
          yield* shield(inner);
        } catch (error) {
          assertInstanceOf(error, CancelledError);
          assertEquals(error.message, "stop");
          say("outer CE");
          throw error;
        }
      });
      yield* ticks(1);
      outer.cancel("stop");
      yield* inner;
      assert(outer.cancelled());
      assertFalse(inner.cancelled());
      assertEquals(inner.cancelling(), 0);
    });
    assertEquals(words, "outer CE inner end");
  });

  it("is cancelled when the work is", async () => {
    await play(function* () {
      const inner = createTask(sleep(60_000));
      const outer = shield(inner);
      yield* ticks(1);
      inner.cancel("inner");
      assertInstanceOf(yield* caught(outer), CancelledError);
      assert(outer.cancelled());
    });
  });

  it("is done two iterations after the work", async () => {
    const words = await trace(function* (say) {
      const inner = createTask(function* () {
        yield* ticks(1);
        say("inner");
      });
      createTask(function* () {
        yield* shield(inner);
        say("outer");
      });
      for (let iteration = 0; iteration < 5; iteration++) {
        yield* ticks(1);
        say(String(iteration));
      }
    });
    assertEquals(words, "0 inner 1 2 outer 3 4");
  });

  it("leaves an error that comes after its own cancel to be reported, once, if nobody reads it", async () => {
    const error = new Error("late");
    const [, reports] = await playAndListen(function* () {
      const inner = createTask(failAfter(3, error));
      const outer = shield(inner);
      outer.cancel();
      yield* ticks(6);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
  });

  it("has nothing to report when somebody does read it", async () => {
    const error = new Error("late");
    const [, reports] = await playAndListen(function* () {
      const inner = createTask(failAfter(3, error));
      shield(inner).cancel();
      assertStrictEquals(yield* caught(inner), error);
    });
    assertEquals(reports, []);
  });

  it("leaves no callback on the work when it is cancelled", async () => {
    await play(function* () {
      const inner = getRunningLoop().createFuture<void>();
      shield(inner).cancel();
      yield* ticks(1);
      assertEquals(inner.toString(), "<Future pending>");
    });
  });

  it("keeps work running beyond a deadline", async () => {
    await play(function* () {
      const work = createTask(sleep(50, "finished"));
      assertInstanceOf(yield* caught(timeout(10, () => shieldedWork(work))), TimeoutError);
      assertEquals(yield* work, "finished");
    });
    function* shieldedWork(work: Task<string>) {
      return yield* shield(work);
    }
  });

  it("protects each of several who wait for the same work", async () => {
    await play(function* () {
      const work = createTask(after(5, "result"));
      const waiting = [0, 1, 2].map(() =>
        createTask(function* () {
          return yield* shield(work);
        })
      );
      yield* ticks(1);
      waiting[1]!.cancel();
      assertEquals([yield* waiting[0]!, yield* waiting[2]!], ["result", "result"]);
      assert(waiting[1]!.cancelled());
    });
  });

  it("refuses what cannot be waited for", async () => {
    await play(function* () {
      for (const value of [5, null, undefined, {}, Symbol()]) {
        assertThrows(() => shield(value as unknown as Task<void>), TypeError, "must be");
      }
      yield* ticks(1);
    });
  });

  it("needs a loop for what must be made a task", () => {
    assertThrows(() => shield(sleep(1)), Error, "run()");
  });
});
