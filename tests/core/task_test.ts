// deno-lint-ignore-file require-yield
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertNotStrictEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  call,
  CancelledError,
  type Context,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  fromPromise,
  Future,
  getRunningLoop,
  InvalidStateError,
  isFuture,
  run,
  RuntimeError,
  sleep,
  Task,
} from "../../mod.ts";
import { play, playAndListen, virtualLoop } from "./play.ts";

describe("Task", () => {
  it("is a future of its loop", async () => {
    await play(function* () {
      const task = createTask(sleep(0));
      assert(task instanceof Future);
      assert(task instanceof Task);
      assert(isFuture(task));
      assertStrictEquals(task.getLoop(), getRunningLoop());
      yield* task;
    });
  });

  it("runs nothing of its coroutine before the next iteration, and starts in the order made", async () => {
    await play(function* () {
      const order: string[] = [];
      function* step(name: string) {
        order.push(name);
      }
      createTask(step("a"));
      getRunningLoop().callSoon(() => order.push("callback"));
      createTask(step("b"));
      assertEquals(order, []);
      yield* sleep(0);
      assertEquals(order, ["a", "callback", "b"]);
    });
  });

  it("gives what the coroutine returns", async () => {
    await play(function* () {
      const task = createTask(function* () {
        yield* sleep(1);
        return "result";
      });
      assertThrows(() => task.result(), InvalidStateError);
      assertThrows(() => task.exception(), InvalidStateError);
      assertEquals(yield* task, "result");
      assertEquals(task.result(), "result");
      assertStrictEquals(task.exception(), null);
      assert(task.done());
      assertFalse(task.cancelled());
    });
  });

  it("fails with what the coroutine throws, whatever that is", async () => {
    await play(function* () {
      for (const thrown of [new Error("no"), "text", null, undefined, 0]) {
        const task = createTask(function* () {
          throw thrown;
        });
        yield* sleep(0);
        assert(task.done());
        assertStrictEquals(task.exception(), thrown);
        let caught: unknown = "nothing";
        try {
          yield* task;
        } catch (error) {
          caught = error;
        }
        assertStrictEquals(caught, thrown);
      }
    });
  });

  it("setResult() and setException() are refused", async () => {
    await play(function* () {
      const task = createTask(sleep(0));
      assertThrows(() => task.setResult(undefined), RuntimeError, "Cannot set a result on <Task");
      assertThrows(() => task.setException(new Error()), RuntimeError, "Cannot set an exception on <Task");
      yield* task;
    });
  });

  it("is named Task-N, where only tasks without a name count", async () => {
    await play(function* () {
      const numbered = (task: Task<unknown>) => Number(/^Task-(\d+)$/.exec(task.getName())![1]);
      const first = createTask(sleep(0));
      const named = createTask(sleep(0), { name: "worker" });
      const second = createTask(sleep(0));
      assertEquals(named.getName(), "worker");
      assertEquals(numbered(second), numbered(first) + 1);
      // A name read late is the number of the making.
      const third = createTask(sleep(0));
      const fourth = createTask(sleep(0));
      assertEquals(numbered(fourth), numbered(first) + 3);
      assertEquals(numbered(third), numbered(first) + 2);
    });
  });

  it("setName() and the name option take any value as text", async () => {
    await play(function* () {
      const task = createTask(sleep(0), { name: 5 as unknown as string });
      assertEquals(task.getName(), "5");
      task.setName("renamed");
      assertEquals(task.getName(), "renamed");
      task.setName(null as unknown as string);
      assertEquals(task.getName(), "null");
      assertEquals(createTask(sleep(0), { name: "" }).getName(), "");
    });
  });

  it("shutting down with tasks left takes no number away", async () => {
    const number = async () =>
      await play(function* () {
        createTask(sleep(1_000), { name: "left" });
        return Number(currentTask()!.getName().slice(5));
      });
    const first = await number();
    assertEquals(await number(), first + 1);
  });

  it("getCoro() is the coroutine that it was made of, also inside call()", async () => {
    await play(function* () {
      function* inner(): Generator<never, unknown> {
        return currentTask()!.getCoro();
      }
      function* outer() {
        return yield* call(inner());
      }
      const coro = outer();
      const task = createTask(coro);
      assertStrictEquals(task.getCoro(), coro);
      assertStrictEquals(yield* task, coro);
      assertStrictEquals(task.getCoro(), coro);
    });
  });

  it("is the current task in its own steps and in nothing else", async () => {
    await play(function* () {
      const seen: unknown[] = [];
      getRunningLoop().callSoon(() => seen.push(currentTask()));
      const task: Task<unknown> = createTask(function* () {
        seen.push(currentTask());
        yield* sleep(0);
        seen.push(currentTask());
      });
      task.addDoneCallback(() => seen.push(currentTask()));
      const main = currentTask();
      yield* task;
      yield* sleep(0);
      assertEquals(seen.length, 4);
      assertEquals(seen[0], null);
      assertStrictEquals(seen[1], task);
      assertStrictEquals(seen[2], task);
      assertEquals(seen[3], null);
      assertStrictEquals(currentTask(), main);
    });
  });

  it("allTasks() has those that are not done, first made first", async () => {
    await play(function* () {
      const main = currentTask();
      const a = createTask(sleep(0));
      const b = createTask(sleep(10));
      assertEquals([...allTasks()].length, 3);
      assertStrictEquals([...allTasks()][0], main);
      assertStrictEquals([...allTasks()][1], a);
      yield* a;
      assertEquals([...allTasks()].length, 2);
      assertStrictEquals([...allTasks()][1], b);
      yield* b;
      assertEquals([...allTasks()].length, 1);
    });
  });

  it("currentTask() and allTasks() need a loop, running or given", () => {
    using loop = virtualLoop();
    assertThrows(() => currentTask(), RuntimeError, "no event loop is running");
    assertThrows(() => allTasks(), RuntimeError, "no event loop is running");
    assertEquals(currentTask(loop), null);
    assertEquals(allTasks(loop).size, 0);
    const task = loop.createTask(sleep(0));
    assertEquals([...allTasks(loop)].length, 1);
    task.cancel();
  });

  it("currentTask() of another loop is null", async () => {
    using other = virtualLoop();
    await play(function* () {
      assertNotStrictEquals(currentTask(), null);
      assertEquals(currentTask(other), null);
    });
  });

  it("reports an exception that nobody read when the loop closes, and none that was awaited", async () => {
    const error = new Error("unread");
    const [, reports] = await playAndListen(function* () {
      createTask(function* unread() {
        throw error;
      });
      const read = createTask(function* () {
        throw new Error("read");
      });
      try {
        yield* read;
      } catch {
        // Read.
      }
    });
    assertEquals(reports.map(({ message, exception }) => [message, exception]), [
      ["Task exception was never retrieved", error],
    ]);
  });

  it("reports nothing unread when it was cancelled after it failed", async () => {
    await play(function* () {
      const task = createTask(function* () {
        throw new Error("no");
      });
      yield* sleep(0);
      assertFalse(task.cancel());
    });
  });

  it("can be made of every kind of source", async () => {
    await play(function* () {
      function* generator() {
        yield* sleep(0);
        return "generator";
      }
      const lazy = coroutine(function* () {
        return "lazy";
      });
      const sources = [
        createTask(generator()),
        createTask(generator),
        createTask(lazy()),
        createTask(lazy),
        createTask(() => generator()),
        createTask(() => lazy()),
        createTask(async () => await Promise.resolve("async")),
        createTask(sleep(0, "sleep")),
        createTask(() => sleep(0, "sleep")),
        createTask(fromPromise(Promise.resolve("promise"))),
        createTask(call(generator)),
      ];
      const results = [];
      for (const task of sources) results.push(yield* task as Task<string>);
      const generators = ["generator", "generator"];
      assertEquals(results, [
        ...generators,
        "lazy",
        "lazy",
        "generator",
        "lazy",
        "async",
        "sleep",
        "sleep",
        "promise",
        "generator",
      ]);
    });
  });

  it("a function that gives a promise which nobody made async is taken, one that gives something else is not", async () => {
    await play(function* () {
      assertEquals(yield* createTask(() => Promise.resolve(1)), 1);
      const task = createTask((() => 5) as never);
      yield* sleep(0);
      const error = task.exception() as Error;
      assert(error instanceof TypeError);
      assertMatch(error.message, /Cannot make a task of this function: the function returned the number 5/);
    });
  });

  it("toString() writes out the control characters of a name, as do the reports of debug mode", async () => {
    const lines: string[] = [];
    const logger = { warn: (text: unknown) => void lines.push(String(text)), error: () => {} };
    const name = "one\n\x1b[31mtwo\x9b";
    const main = function* () {
      const stubborn = createTask(
        function* () {
          try {
            yield* sleep(60_000);
          } catch {
            // Swallows its cancel.
          }
        },
        { name },
      );
      assertStringIncludes(String(stubborn), "name='one\\n\\u{1b}[31mtwo\\u{9b}'");
      yield* sleep(0);
      createTask(
        function* () {
          stubborn.cancel();
        },
        { name },
      );
      yield* sleep(1);
    };
    // However long a step takes on a busy machine.
    const loopFactory = () => Object.assign(new EventLoop({ debug: true, logger }), { slowCallbackDuration: Infinity });
    await run(main, { loopFactory });
    assertEquals(lines.length, 1);
    assertStringIncludes(lines[0]!, "was cancelled by the task 'one\\n\\u{1b}[31mtwo\\u{9b}', and");
    assertFalse(lines[0]!.includes("\x1b") || lines[0]!.includes("\x9b"));
  });

  it("toString() shows state, name, coroutine, what it waits for, and callbacks", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const future = loop.createFuture<void>();
      const task = createTask(
        function* work() {
          yield* future;
          return 5;
        },
        { name: "worker" },
      );
      assertEquals(String(task), "<Task pending name='worker' coro=<work()>>");
      yield* sleep(0);
      assertMatch(
        String(task),
        /^<Task pending name='worker' coro=<work\(\) running at .*task_test\.ts:\d+> wait_for=<Future pending cb=\[wakeup\(\)\]>>$/,
      );
      task.addDoneCallback(function told() {});
      const waiter = createTask(
        function* waits() {
          yield* task;
        },
        { name: "waiter" },
      );
      yield* sleep(0);
      assertMatch(String(task), / cb=\[told\(\), wakeup\(\)\]>$/);
      assertMatch(
        String(waiter),
        /^<Task pending name='waiter' coro=<waits\(\) running at .*task_test\.ts:\d+> wait_for=<Task pending name='worker'>>$/,
      );
      future.setResult();
      yield* waiter;
      assertEquals(String(task), "<Task finished name='worker' coro=<work()> result=5>");
    });
  });

  it("toString() tells a cancelling and a cancelled one", async () => {
    await play(function* () {
      const task = createTask(sleep(1_000), { name: "sleeper" });
      yield* sleep(0);
      task.cancel();
      assertMatch(String(task), /^<Task cancelling name='sleeper' coro=<\w+(\(\))?>/);
      yield* sleep(0);
      assertMatch(String(task), /^<Task cancelled name='sleeper'/);
    });
  });

  it("toString() has words for everything that a task can wait for", async () => {
    await play(function* () {
      const host = Promise.withResolvers<void>();
      const tasks = [
        createTask(function* () {
          yield* sleep(1_000);
        }),
        createTask(function* () {
          yield* fromPromise(host.promise);
        }),
        createTask(async () => await host.promise),
        createTask(function* () {
          yield* call(sleep(1_000));
        }),
        createTask(fromPromise(host.promise)),
      ];
      yield* sleep(0);
      for (const task of tasks) {
        assertMatch(String(task), / wait_for=<[^\[]+>/);
        task.cancel();
      }
      host.resolve();
      yield* sleep(1);
    });
  });

  it("made by hand refuses a context that is none", () => {
    using loop = virtualLoop();
    assertThrows(
      () => new Task(sleep(0), loop, { context: {} as Context }),
      TypeError,
      "Cannot make a task with a value of type Object as its context",
    );
    assertEquals(allTasks(loop).size, 0);
  });

  it("a chain of 100,000 tasks that await one another is cancelled from its top", async () => {
    await play(function* () {
      let task: Task<unknown> = createTask(sleep(1_000));
      const bottom = task;
      for (let i = 0; i < 100_000; i++) {
        const inner = task;
        task = createTask(function* () {
          yield* inner;
        });
      }
      yield* sleep(0);
      task.cancel("top");
      let caught: unknown;
      try {
        yield* task;
      } catch (error) {
        caught = error;
      }
      assert(caught instanceof CancelledError);
      assertEquals(caught.message, "top");
      assert(bottom.cancelled());
    });
  });

  it("tasks that await one another in a ring can be cancelled", async () => {
    await play(function* () {
      const ring: Task<unknown>[] = [];
      for (let i = 0; i < 3; i++) {
        ring.push(createTask(function* () {
          yield* ring[(i + 1) % 3]!;
        }));
      }
      yield* sleep(0);
      assert(ring[0]!.cancel());
      for (const task of ring) {
        try {
          yield* task;
        } catch {
          // Cancelled.
        }
        assert(task.cancelled());
      }
    });
  });
});
