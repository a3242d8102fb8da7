// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, type Coroutine, createTask, gather, getRunningLoop, RuntimeError, sleep } from "../../mod.ts";
import { failure, play, timeWhenIdle, trace } from "../core/play.ts";

describe("sleep()", () => {
  it("takes exactly the time asked for, and gives its result", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const start = loop.time();
      assertEquals(yield* sleep(250, "rested"), "rested");
      assertEquals(loop.time() - start, 250);
    });
  });

  it("gives undefined when it was given no result", async () => {
    await play(function* () {
      assertStrictEquals(yield* sleep(1), undefined);
      assertStrictEquals(yield* sleep(0), undefined);
    });
  });

  it("gives a falsy result as it is, at zero too", async () => {
    await play(function* () {
      for (const delay of [0, 1]) {
        for (const result of [null, false, 0, ""]) assertStrictEquals(yield* sleep(delay, result), result);
      }
    });
  });

  it("lets everything that is ready run once when the delay is zero", async () => {
    const words = await trace(function* (say) {
      getRunningLoop().callSoon(() => {
        say("first");
        getRunningLoop().callSoon(() => say("second"));
      });
      yield* sleep(0);
      say("main");
      yield* sleep(0);
      say("main");
    });
    assertEquals(words, "first main second main");
  });

  it("counts a negative delay as zero, minus infinity too", async () => {
    await play(function* () {
      const start = getRunningLoop().time();
      assertEquals(yield* sleep(-1_000, "past"), "past");
      yield* sleep(-1);
      yield* sleep(-Infinity);
      assertEquals(getRunningLoop().time(), start);
    });
  });

  it("always suspends, also for zero with a result", async () => {
    const words = await trace(function* (say) {
      createTask(function* () {
        say("other");
      });
      yield* sleep(0, "result");
      say("main");
    });
    assertEquals(words, "other main");
  });

  it("sleeps for ever when the delay is Infinity, until it is cancelled", async () => {
    await play(function* () {
      const task = createTask(sleep(Infinity));
      yield* sleep(1e15);
      assertFalse(task.done());
      task.cancel();
      yield* sleep(0);
      assert(task.cancelled());
    });
  });

  it("wakes two that are due together in the order that they began", async () => {
    const words = await trace(function* (say) {
      const nap = function* (name: string, delay: number): Coroutine<void> {
        yield* sleep(delay);
        say(name);
      };
      yield* gather(nap("a", 10), nap("b", 5), nap("c", 10), nap("d", 5));
    });
    assertEquals(words, "b d a c");
  });

  it("throws the CancelledError in where it sleeps, and leaves no timer behind", async () => {
    const idle = await timeWhenIdle(function* () {
      const task = createTask(sleep(60_000));
      yield* sleep(0);
      task.cancel("enough");
      let caught: unknown;
      try {
        yield* task;
      } catch (error) {
        caught = error;
      }
      assert(caught instanceof CancelledError);
      assertEquals(caught.message, "enough");
    });
    assertEquals(idle, 0);
  });

  it("is refused when it is awaited a second time", async () => {
    for (const make of [() => sleep(1), () => sleep(0, "result")]) {
      const error = await failure(function* () {
        const nap = make();
        yield* nap;
        yield* nap;
      });
      assert(error instanceof RuntimeError);
      assertEquals(error.message.includes("twice") && error.message.includes("again"), true, error.message);
    }
  });

  it("is refused when it is awaited while another task awaits it, which goes on undisturbed", async () => {
    await play(function* () {
      const nap = sleep(5, "rested");
      const first = createTask(nap);
      yield* sleep(0);
      const second = createTask(nap);
      yield* sleep(0);
      assert(second.exception() instanceof RuntimeError);
      assertEquals(yield* first, "rested");
    });
  });

  it("ends by an error, not by an endless loop, when it is spread or looped over", async () => {
    await play(function* () {
      for (const make of [() => sleep(0), () => sleep(1), () => sleep(0, "result")]) {
        assertThrows(() => [...make()], RuntimeError);
        yield* sleep(0);
      }
    });
  });

  it("can be made a task any number of times at once when the delay is zero", async () => {
    await play(function* () {
      const tasks = [createTask(sleep(0)), createTask(sleep(0)), createTask(sleep(0))];
      for (const task of tasks) assertStrictEquals(yield* task, undefined);
    });
  });

  it("refuses NaN", () => {
    assertThrows(() => sleep(NaN), RangeError, "NaN");
    assertThrows(() => sleep(NaN, "result"), RangeError, "NaN");
  });

  it("refuses what is not a number, and says what to give", () => {
    for (const value of ["5", "0", "", null, undefined, false, [], {}, 0n, -1n, new Date(0)]) {
      assertThrows(() => sleep(value as unknown as number), TypeError, "milliseconds");
      assertThrows(() => sleep(value as unknown as number, "result"), TypeError, "milliseconds");
    }
  });
});
