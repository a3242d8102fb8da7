// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  ContextVar,
  copyContext,
  type Coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  ExceptionGroup,
  gather,
  getRunningLoop,
  RuntimeError,
  sleep,
  Task,
  type TaskConstructor,
  TaskGroup,
  taskGroup,
} from "../../mod.ts";
import { play, playAndListen, trace, virtualLoop } from "./play.ts";
import { caught, failAfter, raise, ticks } from "../tasks/steps.ts";

/** Runs a program on a loop whose tasks start at once. */
function playEagerly(main: () => Coroutine<unknown>): Promise<unknown> {
  return play(function* () {
    getRunningLoop().setTaskFactory(eagerTaskFactory);
    return yield* main();
  });
}

describe("eagerTaskFactory", () => {
  it("runs a task up to its first suspension inside the call that makes it", async () => {
    await playEagerly(function* () {
      const order: string[] = [];
      const task = createTask(function* () {
        order.push("start");
        yield* sleep(0);
        order.push("end");
      });
      order.push("made");
      assertFalse(task.done());
      yield* task;
      assertEquals(order, ["start", "made", "end"]);
    });
  });

  it("runs through everything that does not suspend: inline calls and awaits of what is done", async () => {
    await playEagerly(function* () {
      const future = getRunningLoop().createFuture<number>();
      future.setResult(1);
      function* inline(): Coroutine<number> {
        return 2;
      }
      const task = createTask(function* () {
        return (yield* future) + (yield* inline());
      });
      assertEquals(task.result(), 3);
    });
  });

  it("gives a task that ended at once no coroutine, and its callbacks are called by the loop", async () => {
    await playEagerly(function* () {
      const task = createTask(function* () {
        return 1;
      });
      assert(task.done());
      assertStrictEquals(task.getCoro(), null);
      assertFalse(allTasks().has(task as Task<unknown>));
      let called = 0;
      task.addDoneCallback(() => called++);
      assertEquals(called, 0);
      yield* ticks(1);
      assertEquals(called, 1);
    });
  });

  it("keeps the coroutine of a task that suspended and ended later", async () => {
    await playEagerly(function* () {
      const task = createTask(ticks(1));
      yield* task;
      assert(task.getCoro() !== null);
    });
  });

  it("makes it the current task during its first step, one of all tasks, and puts the outer one back", async () => {
    await playEagerly(function* () {
      const outer = currentTask();
      let inner: Task<unknown> | null = null;
      const task = createTask(function* () {
        inner = currentTask();
        assert(allTasks().has(inner!));
        const innermost = createTask(function* () {
          return currentTask();
        });
        assertStrictEquals(innermost.result(), innermost as unknown as Task<unknown>);
        assertStrictEquals(currentTask(), inner);
      });
      assertStrictEquals(inner, task as unknown as null);
      assertStrictEquals(currentTask(), outer);
    });
  });

  it("puts no task back as the current one when made in a plain callback", async () => {
    await playEagerly(function* () {
      const seen: unknown[] = [];
      getRunningLoop().callSoon(() => {
        createTask(function* () {
          seen.push(currentTask()?.getName());
        }, { name: "eager" });
        seen.push(currentTask());
      });
      yield* ticks(1);
      assertEquals(seen, ["eager", null]);
    });
  });

  it("stores what the first step throws, and reports it if nobody reads it", async () => {
    const error = new Error("at once");
    const [, reports] = await playAndListen(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const task = createTask(failAfter(0, error));
      assert(task.done());
      assertStrictEquals(task.exception(), error);
      createTask(failAfter(0, error));
      yield* ticks(1);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
  });

  it("runs the first step in the task's own context", async () => {
    await playEagerly(function* () {
      const variable = new ContextVar("variable", { default: "unset" });
      variable.set("outer");
      const task = createTask(function* () {
        assertEquals(variable.get(), "outer");
        variable.set("inner");
        yield* ticks(1);
        return variable.get();
      });
      assertEquals(variable.get(), "outer");
      assertEquals(yield* task, "inner");
      assertEquals(variable.get(), "outer");
    });
  });

  it("refuses to start in a context that is entered, and says so instead of hanging", async () => {
    await playEagerly(function* () {
      const context = currentTask()!.getContext();
      let begun = false;
      const before = allTasks().size;
      assertThrows(
        () =>
          createTask(function* () {
            begun = true;
          }, { context }),
        RuntimeError,
      );
      assertFalse(begun);
      assertEquals(allTasks().size, before);
      const later = createTask(ticks(1), { context, eagerStart: false });
      yield* later;
      yield* createTask(ticks(1), { context: copyContext() });
    });
  });

  it("starts a task in the usual way when its options say so", async () => {
    await playEagerly(function* () {
      const task = createTask(
        function* () {
          return 1;
        },
        { eagerStart: false },
      );
      assertFalse(task.done());
      assertEquals(yield* task, 1);
      assert(task.getCoro() !== null);
    });
  });

  it("starts tasks in the usual way as long as the loop does not run", async () => {
    const loop = virtualLoop();
    loop.setTaskFactory(eagerTaskFactory);
    let begun = false;
    const task = loop.createTask(function* () {
      begun = true;
    });
    assertFalse(begun);
    await loop.runUntilComplete(task);
    assert(begun);
    loop.close();
  });

  it("lets a single task start at once, by its options, without the factory", async () => {
    const words = await trace(function* (say) {
      const task = createTask(
        function* () {
          say(`E=${currentTask()?.getName()}`);
          yield* ticks(1);
          say("end");
        },
        { eagerStart: true, name: "E" },
      );
      say("after");
      assertFalse(task.done());
      const done = createTask(function* () {}, { eagerStart: true });
      assert(done.done());
      createTask(function* () {
        say("usual");
      });
      yield* task;
    });
    assertEquals(words, "E=E after end usual");
  });

  it("lets gather() of tasks that ended at once be done on return", async () => {
    await playEagerly(function* () {
      function* at<T>(value: T): Coroutine<T> {
        return value;
      }
      const all = gather(at(1), at("two"));
      assert(all.done());
      assertEquals(all.result(), [1, "two"]);
    });
  });

  it("runs an async function up to its first await", async () => {
    await playEagerly(function* () {
      const order: string[] = [];
      const task = createTask(async () => {
        order.push("start");
        await sleep(1);
        order.push("end");
      });
      order.push("made");
      yield* task;
      assertEquals(order, ["start", "made", "end"]);
    });
  });

  it("delivers a cancel of itself at the first suspension", async () => {
    await playEagerly(function* () {
      let reached = false;
      const task = createTask(function* () {
        currentTask()!.cancel("itself");
        reached = true;
        yield* sleep(60_000);
      });
      assert(reached);
      assertFalse(task.done());
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "itself");
    });
  });

  it("ends cancelled when it cancels itself and never suspends", async () => {
    await playEagerly(function* () {
      const task = createTask(function* () {
        currentTask()!.cancel();
        return "lost";
      });
      assert(task.cancelled());
    });
  });
});

describe("a task group with tasks that start at once", () => {
  it("counts a task that ended at once, and fails at the usual time", async () => {
    const words = await trace(function* (say) {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const own = new Error("at once");
      const error = yield* caught(taskGroup(function* (group) {
        const task = group.createTask(failAfter(0, own));
        say(`made ${task.done()}`);
        group.createTask(function* () {
          say("second");
        });
        try {
          yield* sleep(60_000);
        } catch (error) {
          say((error as Error).name);
          throw error;
        }
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
    });
    assertEquals(words, "made true second CancelledError");
  });

  it("cancels a child that cancels the group before its first suspension, right after it was made", async () => {
    const words = await trace(function* (say) {
      const group = new TaskGroup();
      yield* group.run(function* () {
        const child = group.createTask(
          function* () {
            group.cancel();
            say("child");
            try {
              yield* sleep(60_000);
            } finally {
              say("child ended");
            }
          },
          { eagerStart: true },
        );
        say(`cancelling=${child.cancelling()}`);
        yield* sleep(60_000);
      });
      assertEquals(currentTask()?.cancelling(), 0);
    });
    assertEquals(words, "child cancelling=1 child ended");
  });
});

describe("createEagerTaskFactory()", () => {
  it("makes tasks of the class that it is given, with all options", async () => {
    class Job<T> extends Task<T> {
      readonly label = "job";
    }
    await play(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
      const job = createTask(
        function* () {
          return 1;
        },
        { name: "named" },
      );
      assertInstanceOf(job, Job);
      assert(job.done());
      assertEquals([job.label, job.getName(), job.result()], ["job", "named", 1]);
      const usual = createTask(ticks(1), { eagerStart: false });
      assertInstanceOf(usual, Job);
      yield* usual;
    });
  });

  it("lets a class with fields suspend in its first step and go on after it", async () => {
    class Job<T> extends Task<T> {
      progress = 0;
    }
    await play(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
      const jobs = [1, 2, 3].map((value) =>
        createTask(function* () {
          yield* sleep(value);
          (currentTask() as Job<unknown>).progress = value;
          return value;
        })
      );
      assertEquals(yield* gather(jobs), [1, 2, 3]);
      assertEquals(jobs.map((job) => (job as Job<number>).progress), [1, 2, 3]);
    });
  });

  it("lets an error of the constructor out of createTask(), with nothing left behind", async () => {
    class Broken<T> extends Task<T> {
      constructor(...args: ConstructorParameters<TaskConstructor>) {
        raise(new RangeError("broken"));
        super(...(args as unknown as ConstructorParameters<typeof Task<T>>));
      }
    }
    await play(function* () {
      const loop = getRunningLoop();
      loop.setTaskFactory(createEagerTaskFactory(Broken as unknown as TaskConstructor));
      const before = allTasks().size;
      assertThrows(() => createTask(ticks(1)), RangeError, "broken");
      assertEquals(allTasks().size, before);
      loop.setTaskFactory(null);
      yield* createTask(ticks(1));
    });
  });

  it("refuses what is no class", () => {
    for (const value of [undefined, null, 5, {}]) {
      assertThrows(() => createEagerTaskFactory(value as unknown as TaskConstructor), TypeError, "extends");
    }
  });
});
