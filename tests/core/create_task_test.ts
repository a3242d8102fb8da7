// deno-lint-ignore-file require-yield
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import {
  allTasks,
  BaseEventLoop,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  fromPromise,
  getRunningLoop,
  KeyboardInterrupt,
  run,
  RuntimeError,
  sleep,
  type Task,
} from "../../mod.ts";
import { hostTurn, play, rejection, virtualLoop } from "./play.ts";

describe("createTask()", () => {
  it("needs a running loop", () => {
    assertThrows(() => createTask(sleep(0)), RuntimeError, "Cannot create a task: no event loop is running here");
  });

  it("refuses what is nothing to run, and says what to do instead", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const refused: [unknown, RegExp][] = [
        [
          5,
          /Cannot make a task of the number 5: it needs a coroutine, a lazy awaitable, or a generator or async function/,
        ],
        ["text", /Cannot make a task of the string "text"/],
        [null, /Cannot make a task of null/],
        [undefined, /Cannot make a task of undefined/],
        [{}, /Cannot make a task of a value of type Object/],
        [[sleep(0)], /Cannot make a task of a value of type Array/],
        [Promise.resolve(), /Cannot make a task of a promise: it is running already.*fromPromise.*ensureFuture/],
        [future, /Cannot make a task of <Future pending>.*yield\*.*ensureFuture/],
        [currentTask(), /Cannot make a task of <Task pending.*ensureFuture/],
      ];
      for (const [value, message] of refused) {
        const error = assertThrows(() => createTask(value as never), TypeError) as Error;
        assertMatch(error.message, message);
      }
      assertEquals(allTasks().size, 1);
    });
  });

  it("refuses an async function that was called already without a second report of what it failed with", async () => {
    const main = async () => await createTask(sleep(0));
    await assertRejects(() => run(main() as never), TypeError, "Give the async function itself");
  });

  it("refuses a function that gives a Future or a value, in the task", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      for (const value of [future, 5, undefined]) {
        const task = createTask((() => value) as never);
        yield* sleep(0);
        assert(task.exception() instanceof TypeError);
      }
    });
  });

  it("refuses an async generator", async () => {
    await play(function* () {
      const task = createTask(async function* () {} as never);
      yield* sleep(0);
      assert(task.exception() instanceof TypeError);
    });
  });
});

describe("The option signal", () => {
  it("cancels the task when it aborts, with the reason's message", async () => {
    await play(function* () {
      const reasons: [unknown, string | RegExp][] = [
        [new Error("why"), "why"],
        ["text", "text"],
        [undefined, /./],
      ];
      for (const [reason, message] of reasons) {
        const controller = new AbortController();
        const task = createTask(sleep(1_000), { signal: controller.signal });
        yield* sleep(0);
        controller.abort(reason);
        yield* sleep(0);
        assert(task.cancelled());
        const error = assertThrows(() => task.result(), CancelledError) as Error;
        if (typeof message === "string") assertEquals(error.message, message);
        else assertMatch(error.message, message);
      }
    });
  });

  it("that is aborted already keeps the body from running", async () => {
    await play(function* () {
      let ran = false;
      const task = createTask(function* () {
        ran = true;
      }, { signal: AbortSignal.abort(new Error("before")) });
      yield* sleep(0);
      assert(task.cancelled());
      assertFalse(ran);
    });
  });

  it("is not listened to any longer than the task lives", async () => {
    await play(function* () {
      const { signal } = new AbortController();
      let listening = 0;
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listening++;
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listening--;
        removeEventListener.apply(signal, args);
      };
      const task = createTask(sleep(1), { signal });
      assertEquals(listening, 1);
      yield* task;
      yield* sleep(0);
      assertEquals(listening, 0);
    });
  });

  it("aborted by host code wakes the loop", async () => {
    await play(function* () {
      const controller = new AbortController();
      const task = createTask(sleep(Infinity), { signal: controller.signal });
      void hostTurn().then(() => controller.abort(new Error("host")));
      try {
        yield* task;
      } catch {
        // Cancelled.
      }
      assert(task.cancelled());
    });
  });
});

describe("The option eagerStart", () => {
  it("takes the first step at once, as its own task", async () => {
    await play(function* () {
      const words: string[] = [];
      const outer = currentTask();
      const task: Task<string> = createTask(function* () {
        words.push(currentTask()!.getName());
        yield* sleep(1);
        words.push("resumed");
        return "done";
      }, { eagerStart: true, name: "eager" });
      words.push("after");
      assertStrictEquals(currentTask(), outer);
      assertFalse(task.done());
      assert(allTasks().has(task));
      assertEquals(yield* task, "done");
      assertEquals(words, ["eager", "after", "resumed"]);
    });
  });

  it("a task that ends in it never meets the loop", async () => {
    await play(function* () {
      const task = createTask(function* () {
        return 5;
      }, { eagerStart: true });
      assert(task.done());
      assertEquals(task.getCoro(), null);
      assertEquals(task.result(), 5);
      assertFalse(allTasks().has(task));
      let called = false;
      task.addDoneCallback(() => called = true);
      assertFalse(called);
      yield* sleep(0);
      assert(called);
    });
  });

  it("stores an exception and does not throw it, except a KeyboardInterrupt", async () => {
    const interrupt = new KeyboardInterrupt("now");
    const error = await rejection(play(function* () {
      const failed = createTask(function* () {
        throw new Error("no");
      }, { eagerStart: true });
      assertEquals((failed.exception() as Error).message, "no");
      const task = currentTask();
      try {
        createTask(function* () {
          throw interrupt;
        }, { eagerStart: true });
      } finally {
        assertStrictEquals(currentTask(), task);
      }
    }));
    assertStrictEquals(error, interrupt);
  });

  it("nests, and each finds itself again", async () => {
    await play(function* () {
      const names: string[] = [];
      const note = () => names.push(currentTask()?.getName() ?? "none");
      createTask(function* () {
        note();
        createTask(function* () {
          note();
          yield* sleep(0);
          note();
        }, { eagerStart: true, name: "inner" });
        note();
      }, { eagerStart: true, name: "outer" });
      getRunningLoop().callSoon(() => {
        createTask(function* () {
          note();
        }, { eagerStart: true, name: "in a callback" });
        note();
      });
      yield* sleep(0);
      assertEquals(names, ["outer", "inner", "outer", "inner", "in a callback", "none"]);
    });
  });

  it("works in an async function, before and after an await, for both kinds", async () => {
    await play(async () => {
      for (let i = 0; i < 2; i++) {
        const self = currentTask();
        const coroutineTask = createTask(function* () {
          assert(currentTask() !== self);
          return currentTask()!.getName();
        }, { eagerStart: true, name: "coroutine" });
        assert(coroutineTask.done());
        assertEquals(coroutineTask.result(), "coroutine");
        const asyncTask = createTask(async () => {
          await sleep(1);
          return currentTask()!.getName();
        }, { eagerStart: true, name: "async" });
        assertStrictEquals(currentTask(), self);
        assertEquals(await asyncTask, "async");
        await Promise.resolve();
        assertStrictEquals(currentTask(), self);
      }
    });
  });

  it("on a loop that does not run starts later", async () => {
    using loop = virtualLoop();
    let begun = false;
    const task = loop.createTask(function* () {
      begun = true;
    }, { eagerStart: true });
    assertFalse(begun);
    await loop.runUntilComplete(task);
    assert(begun);
  });

  it("called by host code while the loop waits takes its first step at once, and wakes the loop for the rest", async () => {
    using loop = virtualLoop();
    const future = loop.createFuture<string>();
    const running = loop.runUntilComplete(future);
    await hostTurn();
    const task = loop.createTask(function* (): Coroutine<void> {
      assertStrictEquals(getRunningLoop(BaseEventLoop), loop);
      yield* sleep(5);
      future.setResult("woken");
    }, { eagerStart: true });
    assertThrows(() => getRunningLoop(), RuntimeError);
    assertEquals(await running, "woken");
    assert(task.done());
  });

  it("cancels itself in it, and that is delivered at the first await", async () => {
    await play(function* () {
      const words: string[] = [];
      const task = createTask(function* () {
        currentTask()!.cancel("self");
        words.push("begun");
        yield* sleep(5);
        words.push("never");
      }, { eagerStart: true });
      yield* sleep(0);
      yield* sleep(0);
      assert(task.cancelled());
      assertEquals(words, ["begun"]);
    });
  });
});

describe("The option asyncLocalStorage", () => {
  it("gives every step the storage of the making", async () => {
    const storage = new AsyncLocalStorage<string>();
    await play(function* () {
      for (const eagerStart of [false, true]) {
        const seen: unknown[] = [];
        const task = storage.run("making", () =>
          createTask(function* () {
            seen.push(storage.getStore());
            yield* sleep(1);
            seen.push(storage.getStore());
            yield* sleep(0);
            seen.push(storage.getStore());
            yield* fromPromise(storage.run("another", hostTurn));
            seen.push(storage.getStore());
          }, { asyncLocalStorage: true, eagerStart }));
        yield* task;
        assertEquals(seen, ["making", "making", "making", "making"]);
      }
    });
  });

  it("keeps the storage of several tasks apart, async functions among them", async () => {
    const storage = new AsyncLocalStorage<number>();
    await play(function* () {
      const tasks = Array.from({ length: 10 }, (_, i) =>
        storage.run(i, () =>
          createTask(
            i % 2
              ? async () => {
                await sleep(i % 3);
                await hostTurn();
                await sleep(0);
                assertEquals(storage.getStore(), i);
              }
              : function* () {
                yield* sleep(i % 3);
                yield* fromPromise(hostTurn());
                yield* sleep(0);
                assertEquals(storage.getStore(), i);
              },
            { asyncLocalStorage: true },
          )));
      for (const task of tasks) yield* task;
    });
  });

  it("does not carry the mark of the async function that makes the task", async () => {
    await play(async () => {
      await Promise.resolve();
      const seen = Promise.withResolvers<unknown>();
      const task = createTask(function* () {
        // Between turns nobody runs but async functions, and this is the continuation of none.
        void hostTurn().then(() => seen.resolve(rejection(Promise.resolve().then(() => currentTask()))));
        yield* sleep(0);
      }, { asyncLocalStorage: true });
      await task;
      assertMatch(String(await seen.promise), /RuntimeError: Cannot ask for the current task/);
    });
  });

  it("passes errors, results and cancels as any task does", async () => {
    await play(function* () {
      const options = { asyncLocalStorage: true };
      assertEquals(yield* createTask(sleep(1, "result"), options), "result");
      const failed = createTask(function* () {
        throw new Error("no");
      }, options);
      yield* sleep(0);
      assertEquals((failed.exception() as Error).message, "no");
      const cancelled = createTask(sleep(1_000), options);
      yield* sleep(0);
      cancelled.cancel();
      yield* sleep(0);
      assert(cancelled.cancelled());
    });
  });
});
