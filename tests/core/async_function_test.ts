// deno-lint-ignore-file require-yield require-await
import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  Context,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  fromPromise,
  getRunningLoop,
  run,
  RuntimeError,
  sleep,
  type Task,
} from "../../mod.ts";
import { hostTurn, play, playAndListen, rejection, virtualEventLoop } from "./play.ts";

/** A few microtasks: longer than any promise of the host needs here. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("An async function as a task", () => {
  it("gives what it returns, and fails with what it throws", async () => {
    assertEquals(await play(async () => await sleep(5, "slept")), "slept");
    const error = new Error("no");
    assertStrictEquals(
      await rejection(play(async () => {
        await sleep(5);
        throw error;
      })),
      error,
    );
  });

  it("does not begin before its task's first step", async () => {
    await play(function* () {
      let begun = false;
      const task = createTask(async () => {
        begun = true;
        await Promise.resolve();
      });
      assertFalse(begun);
      yield* sleep(0);
      assert(begun);
      yield* task;
    });
  });

  it("finds its task and its loop after every await, of whatever kind", async () => {
    await play(async () => {
      const task = currentTask();
      const loop = getRunningLoop();
      assert(task !== null);
      const check = () => {
        assertStrictEquals(currentTask(), task);
        assertStrictEquals(getRunningLoop(), loop);
        assert(allTasks().has(task));
      };
      await sleep(5);
      check();
      await sleep(0);
      check();
      await Promise.resolve();
      check();
      await microtasks();
      check();
      await createTask(sleep(1));
      check();
      const future = loop.createFuture<void>();
      loop.callLater(1, () => future.setResult());
      await future;
      check();
      await Promise.all([sleep(1), sleep(2), Promise.resolve()]);
      check();
      await (async () => {
        check();
        await sleep(1);
        check();
      })();
      check();
      for await (const _ of [sleep(1), Promise.resolve(), sleep(0)]) check();
    });
  });

  it("finds its task after the await of a promise that another task settles", async () => {
    await play(function* () {
      const host = Promise.withResolvers<void>();
      const task: Task<void> = createTask(async () => {
        await host.promise;
        assertStrictEquals(currentTask(), task);
      });
      yield* sleep(0);
      createTask(function* () {
        host.resolve();
      });
      yield* task;
    });
  });

  it("several that take turns keep their tasks and variables apart", async () => {
    const variable = new ContextVar<number>("variable");
    await play(function* () {
      const tasks = Array.from({ length: 20 }, (_, i) =>
        createTask(async () => {
          variable.set(i);
          const task = currentTask();
          for (let round = 0; round < 5; round++) {
            await (round % 2 === 0 ? sleep(i % 3) : Promise.resolve());
            assertStrictEquals(currentTask(), task);
            assertEquals(variable.get(), i);
            variable.set(i);
          }
          return i;
        }));
      for (const [i, task] of tasks.entries()) assertEquals(yield* task, i);
    });
  });

  it("sees the variables of its making, and what it sets is seen by what it starts and nobody else", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    await play(async () => {
      variable.set("parent");
      const child = createTask(async () => {
        const seen = [variable.get()];
        await sleep(1);
        seen.push(variable.get());
        variable.set("child");
        await Promise.resolve();
        seen.push(variable.get());
        seen.push(
          await createTask(function* () {
            return variable.get();
          }),
        );
        return seen;
      });
      variable.set("later");
      assertEquals(await child, ["parent", "parent", "child", "child"]);
      assertEquals(variable.get(), "later");
    });
  });

  it("writes into the context that it was given", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    await play(async () => {
      const context = new Context();
      await createTask(async () => {
        await Promise.resolve();
        variable.set("written");
      }, { context });
      assertEquals(context.get(variable), "written");
      assertEquals(variable.get(), "default");
    });
  });

  it("a variable's token made before an await is good after it", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    await play(async () => {
      const token = variable.set("set");
      await sleep(1);
      assertEquals(variable.get(), "set");
      variable.reset(token);
      assertEquals(variable.get(), "default");
    });
  });

  it("a callback that it schedules has its variables", async () => {
    const variable = new ContextVar("variable", { default: "default" });
    await play(async () => {
      await Promise.resolve();
      variable.set("set");
      const seen: string[] = [];
      getRunningLoop().callSoon(() => seen.push(variable.get()));
      variable.set("later");
      await sleep(0);
      assertEquals(seen, ["set"]);
    });
  });

  it("cancelled while it awaits something of the module is thrown the CancelledError there", async () => {
    await play(function* () {
      const seen: unknown[] = [];
      const task = createTask(async () => {
        try {
          await sleep(Infinity);
        } catch (error) {
          seen.push(error instanceof CancelledError, (error as Error).message);
          throw error;
        }
      });
      yield* sleep(0);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancel("enough"));
      try {
        yield* task;
      } catch (error) {
        seen.push((error as Error).message);
      }
      assertEquals(seen, [true, "enough", "enough"]);
      assert(task.cancelled());
    });
  });

  it("cancelled before it began never begins", async () => {
    await play(function* () {
      let begun = false;
      const task = createTask(async () => {
        begun = true;
        await sleep(0);
      });
      task.cancel();
      yield* sleep(0);
      yield* sleep(0);
      assert(task.cancelled());
      assertFalse(begun);
    });
  });

  it("cancelled while it awaits a promise of the host is thrown the CancelledError at its next await", async () => {
    await play(function* () {
      const host = Promise.withResolvers<string>();
      const seen: unknown[] = [];
      const task = createTask(async () => {
        seen.push(await host.promise);
        try {
          await sleep(Infinity);
        } catch (error) {
          seen.push((error as Error).message);
          await sleep(1);
          seen.push("cleaned up");
          throw error;
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel("late");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assertFalse(task.done());
      host.resolve("host");
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(seen, ["host", "late", "cleaned up"]);
    });
  });

  it("cancelled while it awaits a promise of the host, and returning after it, ends cancelled", async () => {
    await play(function* () {
      const host = Promise.withResolvers<string>();
      const task = createTask(async () => await host.promise);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel("late");
      host.resolve("lost");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
    });
  });

  it("cancelled while it awaits a promise of the host that rejects fails with that rejection", async () => {
    await play(function* () {
      const host = Promise.withResolvers<string>();
      const error = new Error("host");
      const task = createTask(async () => await host.promise);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel("late");
      host.reject(error);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assertFalse(task.cancelled());
      assertStrictEquals(task.exception(), error);
    });
  });

  it("cancelled between the completion of what it awaits and its going on is thrown the CancelledError", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      const task = createTask(async () => await future);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      future.setResult(5);
      task.cancel("wins");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertFalse(future.cancelled());
    });
  });

  it("cancelled cancels the task that it awaits, and everything in a Promise.all", async () => {
    await play(function* () {
      const children: Task<unknown>[] = [];
      const task = createTask(async () => {
        for (let i = 0; i < 3; i++) children.push(createTask(sleep(Infinity)));
        await Promise.all(children);
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      yield* sleep(0);
      task.cancel("all");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(children.map((child) => child.cancelled()), [true, true, true]);
    });
  });

  it("cancelled in a Promise.all of lazy awaitables cancels each of them", async () => {
    await play(function* () {
      const cleaned: number[] = [];
      const job = coroutine(function* (n: number) {
        try {
          yield* sleep(Infinity);
        } finally {
          cleaned.push(n);
        }
      });
      const task = createTask(async () => void await Promise.all([job(1), job(2), job(3)]));
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(cleaned, [1, 2, 3]);
      assertEquals(allTasks().size, 1);
    });
  });

  it("a chain of 20,000 that await one another is cancelled from its top", async () => {
    await play(function* () {
      const bottom = createTask(sleep(Infinity));
      let task: Task<unknown> = bottom;
      for (let i = 0; i < 20_000; i++) {
        const inner = task;
        task = createTask(async () => await inner);
      }
      yield* fromPromise(hostTurn());
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

  it("several that await one another in a ring can be cancelled", async () => {
    await play(function* () {
      const ring: Task<unknown>[] = [];
      for (let i = 0; i < 3; i++) ring.push(createTask(async () => await ring[(i + 1) % 3]));
      yield* fromPromise(hostTurn());
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

  it("cancelled hears of it though the loser of an earlier race takes the cancel", async () => {
    await play(function* () {
      const host = Promise.withResolvers<void>();
      const seen: string[] = [];
      const task = createTask(async () => {
        await Promise.race([sleep(1), sleep(Infinity)]);
        seen.push("raced");
        await host.promise;
        seen.push("host");
        await sleep(Infinity);
        seen.push("never");
      });
      yield* fromPromise(hostTurn());
      yield* sleep(5);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* fromPromise(hostTurn());
      host.resolve();
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      assert(task.cancelled());
      assertEquals(seen, ["raced", "host"]);
    });
  });

  it("cancelled in a Promise.all of which a part has come cleans up without being cancelled a second time", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(async () => {
        try {
          await Promise.all([sleep(1), sleep(Infinity)]);
        } catch (error) {
          seen.push((error as Error).message);
          await sleep(5);
          seen.push("cleaned up");
          throw error;
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(5);
      yield* fromPromise(hostTurn());
      task.cancel("why");
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(seen, ["why", "cleaned up"]);
    });
  });

  it("cancelled cleans up by awaits that are not cancelled a second time", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(async () => {
        try {
          await sleep(Infinity);
        } finally {
          await sleep(5);
          seen.push("slept");
          await Promise.resolve();
          await createTask(sleep(5));
          seen.push("awaited a task");
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(100);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(seen, ["slept", "awaited a task"]);
    });
  });

  it("cancelled a second time during its cleanup is thrown there as well", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(async () => {
        try {
          await sleep(Infinity);
        } finally {
          await sleep(Infinity).then(null, (error) => void seen.push(error.message));
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel("one");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel("two");
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.done());
      assertEquals(seen, ["two"]);
    });
  });

  it("that swallows its cancel goes on, and uncancel() counts down", async () => {
    await play(function* () {
      const task = createTask(async () => {
        try {
          await sleep(Infinity);
        } catch {
          assertEquals(currentTask()!.cancelling(), 1);
          assertEquals(currentTask()!.uncancel(), 0);
        }
        await sleep(1);
        return "went on";
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      assertEquals(yield* task, "went on");
    });
  });

  it("that cancels itself is thrown it at its next await", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(async () => {
        await sleep(1);
        currentTask()!.cancel("self");
        seen.push("goes on");
        try {
          await sleep(Infinity);
        } catch (error) {
          seen.push((error as Error).message);
          throw error;
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(seen, ["goes on", "self"]);
    });
  });

  it("awaits things of the module that are done already", async () => {
    await play(async () => {
      const task = createTask(sleep(0, "done"));
      await task;
      assertEquals(await task, "done");
      const failed = createTask(async () => {
        await Promise.reject(new Error("no"));
      });
      assertStrictEquals(await rejection(failed), await rejection(failed));
    });
  });

  it("that returns a Task joins it", async () => {
    await play(function* () {
      const task = createTask(async () => createTask(sleep(5, "joined")));
      assertEquals(yield* task as unknown as Task<string>, "joined");
      assertEquals(getRunningLoop().time(), 5);
    });
  });

  it("that awaits its own task, or returns it, is told so", async () => {
    await play(function* () {
      const sources = [
        async () => {
          await currentTask();
        },
        async () => {
          await Promise.resolve();
          return currentTask();
        },
      ];
      for (const source of sources) {
        const task = createTask(source as () => Promise<unknown>);
        yield* fromPromise(hostTurn());
        assertInstanceOf(task.exception(), RuntimeError);
        assertStringIncludes(String(task.exception()), "cannot await itself");
      }
    });
  });

  it("cancelled while it joins the Task that it returned cancels that as well", async () => {
    await play(function* () {
      let inner: Task<unknown> | undefined;
      const task = createTask(async () => inner = createTask(sleep(Infinity)));
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assert(inner!.cancelled());
    });
  });

  it("its signal is made when asked for, and aborted by a cancel with the CancelledError as reason", async () => {
    await play(function* () {
      let signal: AbortSignal | undefined;
      const task = createTask(async () => {
        signal = currentTask()!.signal;
        assertStrictEquals(currentTask()!.signal, signal);
        await sleep(Infinity);
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assertFalse(signal!.aborted);
      task.cancel("why");
      assertFalse(signal!.aborted);
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(signal!.aborted);
      assertInstanceOf(signal!.reason, CancelledError);
      assertEquals(signal!.reason.message, "why");
      assert(task.cancelled());
    });
  });

  it("its signal asked for after a cancel was taken back is not aborted by that, however late", async () => {
    const aborted = await play(async () => {
      const gate = Promise.withResolvers<void>();
      const task = createTask(async () => {
        const own = currentTask()!;
        const before = own.signal;
        await gate.promise;
        await sleep(5).catch(() => {});
        own.uncancel();
        const after = own.signal;
        await sleep(10);
        await hostTurn();
        return [before.aborted, after.aborted];
      });
      await hostTurn();
      await hostTurn();
      task.cancel();
      gate.resolve();
      return await task;
    });
    assertEquals(aborted, [true, false]);
  });

  it("its signal asked for after the cancel is aborted", async () => {
    await play(function* () {
      let signal: AbortSignal | undefined;
      const task = createTask(async () => {
        try {
          await sleep(Infinity);
        } finally {
          signal = currentTask()!.signal;
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      assert(signal!.aborted);
    });
  });

  it("its signal is a fresh one after a cancel that was taken back", async () => {
    await play(function* () {
      const task = createTask(async () => {
        const first = currentTask()!.signal;
        try {
          await sleep(Infinity);
        } catch {
          await sleep(0);
          assert(first.aborted);
          currentTask()!.uncancel();
        }
        assertFalse(currentTask()!.signal.aborted);
        return "went on";
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      assertEquals(yield* task, "went on");
    });
  });

  it("told by its signal cleans up without being cancelled a second time", async () => {
    await play(function* () {
      const seen: string[] = [];
      const task = createTask(async () => {
        const { signal } = currentTask()!;
        try {
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        } finally {
          await sleep(5);
          seen.push("cleaned up");
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(20);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(seen, ["cleaned up"]);
    });
  });

  it("with a signal that nobody heeds is still cancelled at its next await", async () => {
    await play(function* () {
      const host = Promise.withResolvers<void>();
      const seen: string[] = [];
      const task = createTask(async () => {
        assertFalse(currentTask()!.signal.aborted);
        await host.promise;
        seen.push("host");
        await sleep(Infinity);
        seen.push("never");
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      host.resolve();
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      assertEquals(seen, ["host"]);
      assert(task.cancelled());
    });
  });

  it("a task's signal serves coroutines as well", async () => {
    await play(function* () {
      let aborted = false;
      const task = createTask(function* () {
        currentTask()!.signal.addEventListener("abort", () => aborted = true);
        yield* sleep(Infinity);
      });
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      yield* sleep(0);
      assert(aborted);
      assert(task.cancelled());
    });
  });

  it("run() inside one is refused after any await", async () => {
    await play(async () => {
      for (const wait of [() => sleep(1), () => Promise.resolve()]) {
        await wait();
        const error = await rejection(run(sleep(0)));
        assertInstanceOf(error, RuntimeError);
        assertStringIncludes(error.message, "Cannot call run() inside a running event loop");
      }
    });
  });

  it("what it left running belongs to nobody once it is over", async () => {
    const host = Promise.withResolvers<void>();
    const left = Promise.withResolvers<unknown>();
    await play(async () => {
      const leaves = async () => {
        await host.promise;
        left.resolve(await rejection(sleep(1)));
      };
      void leaves();
      await sleep(1);
    });
    host.resolve();
    assertInstanceOf(await left.promise, RuntimeError);
  });

  it("awaited by yield* in a coroutine runs in that coroutine's task", async () => {
    const load = coroutine(async (n: number) => {
      await sleep(1);
      return [n, currentTask()];
    });
    await play(function* () {
      const [n, task] = yield* load(5);
      assertEquals(n, 5);
      assertStrictEquals(task, currentTask());
    });
  });

  it("awaited by yield* is cancelled with its coroutine, whose finally runs after its own", async () => {
    await play(function* () {
      const order: string[] = [];
      const inner = coroutine(async () => {
        try {
          await sleep(Infinity);
        } finally {
          await sleep(1);
          order.push("inner");
        }
      });
      const task = createTask(function* () {
        try {
          yield* inner();
        } finally {
          order.push("outer");
        }
      });
      yield* fromPromise(hostTurn());
      yield* sleep(1);
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      yield* sleep(10);
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assertEquals(order, ["inner", "outer"]);
    });
  });

  it("a rejection that it leaves unread is reported once", async () => {
    const error = new Error("unread");
    const [, reports] = await playAndListen(async () => {
      createTask(async () => {
        await sleep(0);
        throw error;
      });
      await sleep(5);
    });
    assertEquals(reports.map(({ message, exception }) => [message, exception]), [
      ["Task exception was never retrieved", error],
    ]);
  });

  it("an async function that a spinning coroutine runs beside is not left behind", async () => {
    await play(function* () {
      const spinner = createTask(function* () {
        for (;;) yield* sleep(0);
      });
      const task = createTask(async () => {
        for (let i = 0; i < 100; i++) await sleep(0);
      });
      yield* task;
      assertEquals(yield* fromPromise(Promise.resolve("host")), "host");
      spinner.cancel();
    });
  });

  it("many loops may run async functions side by side", async () => {
    const results = await Promise.all([1, 2, 3].map((n) =>
      run(async () => {
        const loop = getRunningLoop();
        for (let i = 0; i < 10; i++) {
          await (i % 2 ? Promise.resolve() : sleep(n));
          assertStrictEquals(getRunningLoop(), loop);
        }
        return loop.time();
      }, { loopFactory: virtualEventLoop })
    ));
    assertEquals(results, [5, 10, 15]);
  });
});

describe("await outside any loop", () => {
  it("of a sleep or another lazy awaitable is refused with what to do instead", async () => {
    const lazy = coroutine(function* () {});
    for (const awaited of [sleep(1), sleep(0), lazy()]) {
      const error = await rejection(awaited);
      assertInstanceOf(error, RuntimeError);
      assertStringIncludes(error.message, "no event loop is running here");
    }
  });

  it("of a task that is done gives its result, also when the loop is closed", async () => {
    const loop = virtualEventLoop();
    const task = loop.createTask(sleep(1, "done"));
    await loop.runUntilComplete(task);
    assertEquals(await task, "done");
    loop.close();
    assertEquals(await task, "done");
  });
});
