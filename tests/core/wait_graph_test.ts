/**
 * Who waits for whom, as the core knows it.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asCompleted,
  call,
  createTask,
  currentTask,
  Event,
  type Future,
  gather,
  getRunningLoop,
  run,
  shield,
  sleep,
  type Task,
  taskGroup,
  type TaskSource,
  wait,
} from "../../mod.ts";
import { activityOf, awaitersOf, type Level, levelsOf } from "../../src/core/wait_graph.ts";

/** The awaiters of a future by name; a future that is no task is `…` and its own awaiters. */
function awaiters(future: Future<unknown>): string[] {
  return awaitersOf(future as never).map(({ awaiter }) =>
    awaiter._root === undefined
      ? `… ${awaiters(awaiter as unknown as Future<unknown>)}`
      : (awaiter as unknown as Task<unknown>).getName()
  );
}

/** Every level as text, each with what is inside of it. */
function texts(levels: readonly Level[]): unknown[] {
  return levels.flatMap(({ of, inner }) => {
    const text = String(of).replace(/^\[object Generator\]$/, "coroutine");
    return inner.length === 0 ? [text] : [text, texts(inner)];
  });
}

describe("awaitersOf()", () => {
  const forms: [string, (inner: Task<unknown>) => TaskSource<unknown>, string[]][] = [
    ["a coroutine that awaits it", (inner) =>
      (function* () {
        return yield* inner;
      })(), ["outer"]],
    ["an async function that awaits it", (inner) => async () => await inner, ["outer"]],
    ["gather()", (inner) =>
      (function* () {
        yield* gather(inner);
      })(), ["… outer"]],
    ["gather() in an async function", (inner) => async () => await gather(inner), ["… outer"]],
    ["shield()", (inner) =>
      (function* () {
        yield* shield(inner);
      })(), ["… outer"]],
    ["wait()", (inner) => wait([inner]), ["outer"]],
    ["wait() in an async function", (inner) => async () => await wait([inner]), ["outer"]],
    ["asCompleted()", (inner) =>
      (function* () {
        for (const done of asCompleted([inner])) yield* done;
      })(), ["outer"]],
  ];
  for (const [name, outer, expected] of forms) {
    it(`knows the task of ${name}, until that is over`, async () => {
      await run(function* () {
        const event = new Event();
        const inner = createTask(event.wait(), { name: "inner" });
        const task = createTask(outer(inner), { name: "outer" });
        yield* sleep(1);
        assertEquals(awaiters(inner), expected);
        event.set();
        yield* task;
        assertEquals(awaiters(inner), []);
      });
    });
  }

  it("knows the task of a group whose body does something else", async () => {
    await run(function* () {
      yield* taskGroup(function* (group) {
        const child = group.createTask(sleep(1));
        assertEquals(awaiters(child), [currentTask()!.getName()]);
        yield* sleep(0);
      });
    });
  });

  it("knows nobody for a callback of a user's", async () => {
    await run(async () => {
      await sleep(0);
      const future = getRunningLoop().createFuture();
      future.addDoneCallback(() => {});
      assertEquals(awaiters(future), []);
    });
  });
});

describe("levelsOf()", () => {
  it("goes from the coroutine through calls to what is waited for", async () => {
    await run(function* () {
      const event = new Event();
      const task = createTask(call(function* () {
        yield* call(function* () {
          yield* event.wait();
        });
      }));
      yield* sleep(0);
      assertEquals(activityOf(task as never), "waiting");
      assertEquals(texts(levelsOf(task as never)).flat(9), ["coroutine", "coroutine", String(task._waiter)]);
      event.set();
      assertEquals(activityOf(task as never), "ready");
      yield* task;
      assertEquals(levelsOf(task as never), []);
      assertEquals(activityOf(task as never), "done");
    });
  });

  it("has a branch for each thing that an async function awaits", async () => {
    await run(async () => {
      const event = new Event();
      const task = createTask(() => Promise.all([event.wait(), event.wait()]));
      await sleep(1);
      const [code] = levelsOf(task as never);
      assertEquals(code!.inner.length, 2);
      event.set();
      await task;
    });
  });

  it("knows what runs", async () => {
    await run(function* () {
      yield* sleep(0);
      assertEquals(activityOf(currentTask() as never), "running");
    });
  });
});
