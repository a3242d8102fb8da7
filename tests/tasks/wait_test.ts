import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ALL_COMPLETED,
  CancelledError,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  getRunningLoop,
  type ReturnWhen,
  sleep,
  type Task,
  wait,
} from "../../mod.ts";
import { play, timeWhenIdle } from "../core/play.ts";

function* after(ticks: number, error?: Error): Coroutine<void> {
  for (let tick = 0; tick < ticks; tick++) yield* sleep(0);
  if (error !== undefined) throw error;
}

/** The names of the tasks, in the order of the set. */
const names = (tasks: Set<Task<unknown>>) => [...tasks].map((task) => task.getName()).join("");

/** One iteration for a, three for b, two for c, which fails. */
function three(): Task<void>[] {
  return [
    createTask(after(1), { name: "a" }),
    createTask(after(3), { name: "b" }),
    createTask(after(2, new Error("c")), { name: "c" }),
  ];
}

describe("wait()", () => {
  it("gives those that are done when it goes on: FIRST_COMPLETED may find more than the first", async () => {
    await play(function* () {
      const [done, pending] = yield* wait(three(), { returnWhen: FIRST_COMPLETED });
      assertEquals([names(done), names(pending)], ["ac", "b"]);
      for (const task of done) task.exception();
    });
  });

  it("goes on at the first error with FIRST_EXCEPTION", async () => {
    await play(function* () {
      const [done, pending] = yield* wait(three(), { returnWhen: FIRST_EXCEPTION });
      assertEquals([names(done), names(pending)], ["abc", ""]);
    });
  });

  it("does not wait for the slow ones with FIRST_EXCEPTION", async () => {
    await play(function* () {
      const failing = createTask(after(1, new Error("failing")), { name: "f" });
      const slow = createTask(after(20), { name: "s" });
      const [done, pending] = yield* wait([slow, failing], { returnWhen: FIRST_EXCEPTION });
      assertEquals([names(done), names(pending)], ["f", "s"]);
    });
  });

  it("does not count a cancelled task as an error with FIRST_EXCEPTION", async () => {
    await play(function* () {
      const cancelled = createTask(sleep(60_000), { name: "x" });
      const slow = createTask(sleep(5, undefined), { name: "s" });
      cancelled.cancel();
      const [done, pending] = yield* wait<Task<unknown>>([cancelled, slow], { returnWhen: FIRST_EXCEPTION });
      assertEquals([names(done), names(pending)], ["xs", ""]);
    });
  });

  it("waits for all by default, whatever becomes of them, and throws nothing", async () => {
    await play(function* () {
      const [done, pending] = yield* wait(three());
      assertEquals([names(done), names(pending)], ["abc", ""]);
      for (const task of done) task.exception();
    });
  });

  it("gives what there is when the time is over, cancels nothing, and that is no error", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const quick = createTask(sleep(5), { name: "q" });
      const slow = createTask(sleep(20), { name: "s" });
      const start = loop.time();
      const [done, pending] = yield* wait([quick, slow], { timeout: 10 });
      assertEquals(loop.time() - start, 10);
      assertEquals([names(done), names(pending)], ["q", "s"]);
      assertFalse(slow.done());
      yield* slow;
    });
  });

  it("suspends even if the time is over at once", async () => {
    await play(function* () {
      const task = createTask(after(1), { name: "a" });
      const [done, pending] = yield* wait([task], { timeout: 0 });
      assertEquals(done.size + pending.size, 1);
      assert(task.done() || pending.has(task));
      yield* task;
    });
  });

  it("waits for ever when the timeout is null, undefined or Infinity", async () => {
    await play(function* () {
      for (const timeout of [null, undefined, Infinity]) {
        const [done] = yield* wait([createTask(sleep(1e12))], { timeout });
        assertEquals(done.size, 1);
      }
    });
  });

  it("leaves no timer behind when everything is done before the time is over", async () => {
    const idle = await timeWhenIdle(function* () {
      yield* wait([createTask(sleep(1))], { timeout: 60_000 });
    });
    assertEquals(idle, 1);
  });

  it("leaves no timer behind when it is cancelled", async () => {
    const idle = await timeWhenIdle(function* () {
      const waiting = createTask(wait([getRunningLoop().createFuture<void>()], { timeout: 60_000 }));
      yield* sleep(1);
      waiting.cancel();
    });
    assertEquals(idle, 1);
  });

  it("takes futures that are done already, and suspends for them as well", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      future.setResult(1);
      let others = 0;
      getRunningLoop().callSoon(() => others++);
      const [done, pending] = yield* wait([future]);
      assert(done.has(future));
      assertEquals([pending.size, others], [0, 1]);
    });
  });

  it("counts a future that is given twice once", async () => {
    await play(function* () {
      const task = createTask(after(1));
      const [done] = yield* wait([task, task, task]);
      assertEquals(done.size, 1);
    });
  });

  it("takes any iterable, and looks at it in the call", async () => {
    await play(function* () {
      const tasks = new Set([createTask(after(1))]);
      const waiting = wait(tasks.values());
      tasks.clear();
      const [done] = yield* waiting;
      assertEquals(done.size, 1);
    });
  });

  it("cancels none of them when it is cancelled, and leaves no callback on them", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<void>();
      const waiting = createTask(wait([future], { timeout: 50 }));
      yield* sleep(0);
      assert(future.toString().includes("cb=["));
      waiting.cancel("stop");
      yield* sleep(0);
      assert(waiting.cancelled());
      assertEquals(future.toString(), "<Future pending>");
    });
  });

  it("gives its cancel on with the message", async () => {
    await play(function* () {
      const waiting = createTask(wait([getRunningLoop().createFuture<void>()]));
      yield* sleep(0);
      waiting.cancel("stop");
      try {
        yield* waiting;
      } catch (error) {
        assertInstanceOf(error, CancelledError);
        assertEquals(error.message, "stop");
      }
      assert(waiting.cancelled());
    });
  });

  describe("misuse", () => {
    it("refuses an empty list", () => {
      assertThrows(() => wait([]), RangeError, "empty");
      assertThrows(() => wait(new Set<Future<void>>()), RangeError, "empty");
    });

    it("refuses a single future, task, coroutine, promise, or what is no list", async () => {
      await play(function* () {
        const coroutine = after(1);
        const singles = [
          getRunningLoop().createFuture<void>(),
          createTask(after(1)),
          coroutine,
          sleep(1),
          Promise.resolve(),
        ];
        for (const single of [...singles, 5, null, undefined, {}]) {
          assertThrows(() => wait(single as unknown as Future<void>[]), TypeError, "wait([");
        }
        yield* coroutine;
      });
    });

    it("refuses coroutines and lazy awaitables in the list, and names createTask; none has begun then", async () => {
      await play(function* () {
        let begun = false;
        function* innocent(): Coroutine<void> {
          begun = true;
          yield* sleep(0);
        }
        for (const wrong of [innocent(), sleep(1)]) {
          assertThrows(() => wait([wrong as unknown as Future<void>]), TypeError, "createTask");
        }
        yield* after(2);
        assertFalse(begun);
      });
    });

    it("refuses promises in the list, and names ensureFuture", () => {
      assertThrows(() => wait([Promise.resolve() as unknown as Future<void>]), TypeError, "ensureFuture");
    });

    it("refuses an unknown returnWhen, and lists those that there are", async () => {
      await play(function* () {
        const task = createTask(after(1));
        const error = assertThrows(
          () => wait([task], { returnWhen: "SOMETIME" as unknown as ReturnWhen }),
          RangeError,
          "SOMETIME",
        );
        for (const word of [FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED]) assert(error.message.includes(word));
        yield* task;
      });
    });

    it("refuses a timeout that is no number, in the call", async () => {
      await play(function* () {
        const task = createTask(after(1));
        assertThrows(() => wait([task], { timeout: "5" as unknown as number }), TypeError, "milliseconds");
        assertThrows(() => wait([task], { timeout: NaN }), RangeError, "NaN");
        yield* task;
      });
    });

    it("has constants that are their own names", () => {
      assertStrictEquals(FIRST_COMPLETED, "FIRST_COMPLETED");
      assertStrictEquals(FIRST_EXCEPTION, "FIRST_EXCEPTION");
      assertStrictEquals(ALL_COMPLETED, "ALL_COMPLETED");
    });
  });
});
