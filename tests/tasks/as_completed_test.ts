// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  CancelledError,
  type Coroutine,
  createTask,
  type Future,
  getRunningLoop,
  sleep,
  Task,
  TimeoutError,
} from "../../mod.ts";
import { play, timeWhenIdle, trace, virtualLoop } from "../core/play.ts";
import { after, caught, failAfter, ticks } from "./steps.ts";

describe("asCompleted(), by for…of", () => {
  it("gives the results in the order in which they come", async () => {
    await play(function* () {
      const order: string[] = [];
      for (const next of asCompleted([after(3, "a"), after(1, "b"), after(2, "c")])) order.push(yield* next);
      assertEquals(order, ["b", "c", "a"]);
    });
  });

  it("starts coroutines as tasks in the call", async () => {
    const words = await trace(function* (say) {
      function* word(text: string): Coroutine<void> {
        say(text);
      }
      const results = asCompleted([word("a"), word("b")]);
      say("called");
      yield* ticks(2);
      for (const next of results) {
        yield* next;
        say("result");
      }
    });
    assertEquals(words, "called a b result result");
  });

  it("takes futures, tasks, coroutines, lazy awaitables and promises", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      loop.callLater(1, () => future.setResult("future"));
      const results = asCompleted([
        sleep(5, "lazy"),
        Promise.resolve("promise"),
        createTask(sleep(3, "task")),
        future,
        after(0, "coroutine"),
      ]);
      const order: string[] = [];
      for (const next of results) order.push(yield* next);
      assertEquals(order.slice(2), ["future", "task", "lazy"]);
      assertEquals(order.slice(0, 2).sort(), ["coroutine", "promise"]);
    });
  });

  it("gives errors in their place, and goes on", async () => {
    await play(function* () {
      const error = new Error("bad");
      const [first, second] = asCompleted([failAfter(1, error), after(3, "good")]);
      assertStrictEquals(yield* caught(first!), error);
      assertEquals(yield* second!, "good");
    });
  });

  it("gives the CancelledError of a task that was cancelled", async () => {
    await play(function* () {
      const task = createTask(sleep(60_000));
      task.cancel();
      for (const next of asCompleted([task])) assertInstanceOf(yield* caught(next), CancelledError);
    });
  });

  it("gives nothing when it is given nothing", async () => {
    await play(function* () {
      let count = 0;
      for (const next of asCompleted([] as Task<void>[])) {
        count++;
        yield* next;
      }
      assertEquals(count, 0);
    });
  });

  it("gives a future that is given twice once, and sleep(0) as often as it is given", async () => {
    await play(function* () {
      const coroutine = after(1, 1);
      const task = createTask(after(1, 2));
      assertEquals([...asCompleted([coroutine, task, coroutine, task])].length, 2);
      const naps = [...asCompleted([sleep(0), sleep(0), sleep(0)])];
      assertEquals(naps.length, 3);
      for (const nap of naps) yield* nap;
    });
  });

  it("gives a TimeoutError for each that is missing when the time is over, and cancels none", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const slow = [createTask(sleep(100, "slow")), createTask(sleep(200, "slower"))];
      const got: unknown[] = [];
      for (const next of asCompleted([sleep(5, "quick"), ...slow], { timeout: 50 })) {
        try {
          got.push(yield* next);
        } catch (error) {
          assertInstanceOf(error, TimeoutError);
          assertStrictEquals(error.cause, undefined);
          got.push(loop.time());
        }
      }
      assertEquals(got, ["quick", 50, 50]);
      for (const task of slow) assertFalse(task.done());
      assertEquals(yield* slow[1]!, "slower");
    });
  });

  it("counts its time from the call", async () => {
    await play(function* () {
      const [next] = asCompleted([sleep(30)], { timeout: 20 });
      yield* sleep(25);
      assertInstanceOf(yield* caught(next!), TimeoutError);
    });
  });

  it("leaves no timer behind when everything came in time", async () => {
    const idle = await timeWhenIdle(function* () {
      for (const next of asCompleted([sleep(5)], { timeout: 60_000 })) yield* next;
    });
    assertEquals(idle, 5);
  });

  it("gives what is there already even if the time is over at once", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<string>();
      future.setResult("there");
      const got: unknown[] = [];
      for (const next of asCompleted([future, sleep(5, "missing")], { timeout: 0 })) {
        try {
          got.push(yield* next);
        } catch (error) {
          got.push((error as Error).name);
        }
      }
      assertEquals(got, ["there", "TimeoutError"]);
    });
  });

  it("keeps its count when a step is cancelled: nothing is lost", async () => {
    await play(function* () {
      const results = asCompleted([sleep(10, "one"), sleep(20, "two")]);
      const [step] = results;
      const waiting = createTask(step!);
      yield* sleep(1);
      waiting.cancel();
      assertInstanceOf(yield* caught(waiting), CancelledError);
      const order: string[] = [];
      for (const next of results) order.push(yield* next);
      assertEquals(order, ["one", "two"]);
    });
  });

  it("loses no result when a step is cancelled after its result has come", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<string>();
      const results = asCompleted([future, sleep(20, "two")]);
      const [step] = results;
      const waiting = createTask(step!);
      yield* sleep(1);
      future.setResult("one");
      // The iteration after next the step's task is woken; the cancel comes in between.
      yield* ticks(1);
      waiting.cancel();
      assertInstanceOf(yield* caught(waiting), CancelledError);
      const order: string[] = [];
      for (const next of results) order.push(yield* next);
      assertEquals(order, ["one", "two"]);
    });
  });

  it("can be left in the middle and taken up again", async () => {
    await play(function* () {
      const results = asCompleted([after(1, "a"), after(2, "b"), after(3, "c")]);
      const order: string[] = [];
      for (const next of results) {
        order.push(yield* next);
        break;
      }
      for (const next of results) order.push(yield* next);
      assertEquals(order, ["a", "b", "c"]);
    });
  });
});

describe("asCompleted(), by for await…of", () => {
  it("gives the futures themselves, each already done", async () => {
    await play(async () => {
      const [a, b, c] = [createTask(after(3, "a")), createTask(after(1, "b")), createTask(after(2, "c"))];
      const order: unknown[] = [];
      for await (const task of asCompleted([a, b, c])) {
        assert(task.done());
        order.push(task);
      }
      assert(order.length === 3 && order[0] === b && order[1] === c && order[2] === a);
    });
  });

  it("makes tasks of coroutines and gives those", async () => {
    await play(async () => {
      const results: string[] = [];
      for await (const task of asCompleted([sleep(2, "slow"), sleep(1, "quick")])) {
        assertInstanceOf(task, Task);
        results.push(task.result());
      }
      assertEquals(results, ["quick", "slow"]);
    });
  });

  it("gives a task that failed like any other", async () => {
    await play(async () => {
      const error = new Error("bad");
      for await (const task of asCompleted([createTask(failAfter(1, error))])) {
        assertStrictEquals(task.exception(), error);
      }
    });
  });

  it("throws a TimeoutError for each that is missing, step by step", async () => {
    await play(async () => {
      const quick = sleep(5, "quick");
      const steps = asCompleted([quick, sleep(60), sleep(70)], { timeout: 50 })[Symbol.asyncIterator]();
      const first = await steps.next();
      assertEquals((first.value as Future<unknown>).result(), "quick");
      for (let missing = 0; missing < 2; missing++) {
        let caught: unknown;
        try {
          await steps.next();
        } catch (error) {
          caught = error;
        }
        assertInstanceOf(caught, TimeoutError);
      }
      assertEquals(await steps.next(), { done: true, value: undefined });
    });
  });

  it("passes a cancel of the task on to the step, and can be taken up again after it", async () => {
    await play(async () => {
      const future = getRunningLoop().createFuture<string>();
      const results = asCompleted([future]);
      const waiting = createTask(async () => {
        for await (const done of results) return done.result();
      });
      await sleep(1);
      waiting.cancel("stop");
      let caught: unknown;
      try {
        await waiting;
      } catch (error) {
        caught = error;
      }
      assertInstanceOf(caught, CancelledError);
      future.setResult("kept");
      const rest: string[] = [];
      for await (const done of results) rest.push(done.result());
      assertEquals(rest, ["kept"]);
    });
  });

  it("is typed alike each time, though TypeScript awaits in its mind what an async iterator yields", async () => {
    await play(async () => {
      const task: Task<string> = createTask(sleep(1, "result"));
      const seen: string[] = [];
      for await (const done of asCompleted([task])) seen.push(done.result());
      for await (const done of asCompleted([task])) seen.push(done.result());
      for await (const done of asCompleted([task])) assert(done === task);
      assertEquals(seen, ["result", "result"]);
    });
  });

  it("can be left in the middle", async () => {
    await play(async () => {
      const results = asCompleted([sleep(1, "one"), sleep(2, "two")]);
      for await (const done of results) {
        assertEquals(done.result(), "one");
        break;
      }
      for await (const done of results) assertEquals(done.result(), "two");
    });
  });
});

describe("asCompleted(), misused", () => {
  it("refuses a single awaitable, or what is no list, and shows the list", async () => {
    await play(function* () {
      const coroutine = after(1, 1);
      const singles = [getRunningLoop().createFuture(), coroutine, sleep(1), Promise.resolve(), 5, null, undefined, {}];
      for (const single of singles) {
        assertThrows(() => asCompleted(single as unknown as Task<void>[]), TypeError, "asCompleted([");
      }
      yield* coroutine;
    });
  });

  it("refuses what is nothing to wait for, and starts none of the others then", async () => {
    await play(function* () {
      let begun = false;
      function* innocent(): Coroutine<void> {
        begun = true;
      }
      assertThrows(() => asCompleted([innocent(), 5 as unknown as Task<void>]), TypeError, "must be");
      yield* ticks(2);
      assertFalse(begun);
    });
  });

  it("waits for ever when the timeout is null, undefined or Infinity", async () => {
    await play(function* () {
      for (const timeout of [null, undefined, Infinity]) {
        for (const next of asCompleted([sleep(1e12, "done")], { timeout })) assertEquals(yield* next, "done");
      }
    });
  });

  it("refuses a timeout that is no number, or NaN, and starts nothing then", async () => {
    await play(function* () {
      let begun = false;
      function* innocent(): Coroutine<void> {
        begun = true;
      }
      assertThrows(() => asCompleted([innocent()], { timeout: "1" as unknown as number }), TypeError, "milliseconds");
      assertThrows(() => asCompleted([innocent()], { timeout: NaN }), RangeError, "NaN");
      yield* ticks(2);
      assertFalse(begun);
    });
  });

  it("refuses a future of another loop", async () => {
    const other = virtualLoop();
    const future = other.createFuture();
    await play(function* () {
      assertThrows(() => asCompleted([future]), RangeError, "another loop");
    });
    assertEquals(future.toString(), "<Future pending>");
    other.close();
  });

  it("needs a loop", () => {
    assertThrows(() => asCompleted([sleep(1)]), Error, "run()");
  });
});
