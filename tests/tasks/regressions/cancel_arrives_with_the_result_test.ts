import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  CancelledError,
  createTask,
  fromPromise,
  gather,
  getRunningLoop,
  sleep,
  wait,
} from "../../../mod.ts";
import { play } from "../../core/play.ts";
import { caught, ticks } from "../steps.ts";

describe("A cancel that arrives together with the result", () => {
  it("wins over a future's result, which stays in the future", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<string>();
      const task = createTask(function* () {
        return yield* future;
      });
      yield* ticks(1);
      future.setResult("kept");
      task.cancel("meanwhile");
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "meanwhile");
      assertEquals(future.result(), "kept");
    });
  });

  it("wins over another task's result, which stays in that task", async () => {
    await play(function* () {
      const inner = createTask(sleep(5, "kept"));
      const outer = createTask(function* () {
        return yield* inner;
      });
      inner.addDoneCallback(() => void outer.cancel());
      yield* sleep(10);
      assert(inner.done());
      assertEquals(inner.result(), "kept");
      assert(outer.done());
    });
  });

  it("wins over a task's own return, if it came in the last step", async () => {
    await play(function* () {
      const task: ReturnType<typeof createTask<string>> = createTask(function* () {
        yield* sleep(1);
        task.cancel("in the last step");
        return "lost";
      });
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assert(task.cancelled());
    });
  });

  it("hands a promise's value to onLate()", async () => {
    await play(function* () {
      const { promise, resolve } = Promise.withResolvers<string>();
      const late: string[] = [];
      const task = createTask(fromPromise(promise, { onLate: (value) => late.push(value) }));
      yield* ticks(1);
      task.cancel();
      resolve("connection");
      yield* sleep(1);
      assert(task.cancelled());
      assertEquals(late, ["connection"]);
    });
  });

  it("leaves the results of gather() and wait() in their futures", async () => {
    await play(function* () {
      for (
        const all of [
          gather,
          (...futures: never[]) => wait(futures),
        ] as ((...futures: never[]) => ReturnType<typeof wait>)[]
      ) {
        const future = getRunningLoop().createFuture<string>();
        const task = createTask(function* () {
          return yield* all(future as never);
        });
        yield* ticks(1);
        future.setResult("kept");
        yield* ticks(1);
        task.cancel();
        assertInstanceOf(yield* caught(task), CancelledError);
        assertEquals(future.result(), "kept");
      }
    });
  });

  it("leaves what asCompleted() had ready for the next who asks", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<string>();
      const results = asCompleted([future]);
      const [step] = results;
      const task = createTask(step!);
      yield* ticks(1);
      future.setResult("kept");
      task.cancel();
      assertInstanceOf(yield* caught(task), CancelledError);
      const rest: string[] = [];
      for (const next of results) rest.push(yield* next);
      assertEquals(rest, ["kept"]);
    });
  });

  it("comes too late when the task has ended: it says so and changes nothing", async () => {
    await play(function* () {
      const task = createTask(sleep(1, "result"));
      yield* sleep(5);
      assertFalse(task.cancel());
      assertStrictEquals(task.cancelling(), 0);
      assertEquals(yield* task, "result");
    });
  });
});
