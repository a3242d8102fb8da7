// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  KeyboardInterrupt,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
} from "../../mod.ts";
import { play, playAndListen, trace } from "../core/play.ts";
import { caught, failAfter, raise, ticks } from "./steps.ts";

/** Sleeps until it is cancelled, and says so. */
function* long(say: (word: string) => void = () => {}, name = ""): Coroutine<void> {
  try {
    yield* sleep(60_000);
  } catch (error) {
    say(`${name} ${(error as Error).name === "CancelledError" ? "CE" : error}`);
    throw error;
  }
}

describe("taskGroup()", () => {
  it("waits for its tasks, then gives the body's result", async () => {
    const words = await trace(function* (say) {
      const result = yield* taskGroup(function* (group) {
        group.createTask(function* () {
          yield* sleep(5);
          say("task");
        });
        say("body");
        return "result";
      });
      say(result);
    });
    assertEquals(words, "body task result");
  });

  it("gives its body's tasks to await inside", async () => {
    await play(function* () {
      const both = yield* taskGroup(function* (group) {
        const left = group.createTask(sleep(1, "left"));
        const right = group.createTask(sleep(2, "right"), { name: "right" });
        assertEquals(right.getName(), "right");
        return [yield* left, yield* right];
      });
      assertEquals(both, ["left", "right"]);
    });
  });

  it("starts every form of work", async () => {
    await play(function* () {
      function* five(): Coroutine<number> {
        yield* sleep(1);
        return 5;
      }
      const lazy = coroutine(function* () {
        return yield* five();
      });
      const tasks: Task<unknown>[] = [];
      yield* taskGroup(function* (group) {
        tasks.push(group.createTask(five()), group.createTask(five), group.createTask(lazy()));
        tasks.push(group.createTask(lazy), group.createTask(async () => await lazy()));
        tasks.push(group.createTask(coroutine(() => Promise.resolve(5))()), group.createTask(sleep(1, 5)));
        tasks.push(group.createTask(timeout(10, five)), group.createTask(call(five())));
      });
      assertEquals(tasks.map((task) => task.result()), tasks.map(() => 5));
      assertEquals(tasks.length, 9);
    });
  });

  it("does not suspend when there is nothing to wait for", async () => {
    await play(function* () {
      let others = 0;
      getRunningLoop().callSoon(() => others++);
      yield* taskGroup(function* () {});
      assertEquals(others, 0);
    });
  });

  it("goes on two iterations after the last of its tasks", async () => {
    const words = await trace(function* (say) {
      createTask(function* () {
        yield* taskGroup(function* (group) {
          group.createTask(function* () {
            yield* ticks(1);
            say("task");
          });
        });
        say("group");
      });
      for (let iteration = 0; iteration < 6; iteration++) {
        yield* ticks(1);
        say(String(iteration));
      }
    });
    assertEquals(words, "0 1 task 2 3 group 4 5");
  });

  it("cancels the rest when one fails, gathers the errors in the order in which they came, and counts no cancel", async () => {
    const words = await trace(function* (say) {
      const errors = { a: new Error("a"), c: new Error("c") };
      const failing = function* (name: "a" | "c"): Coroutine<void> {
        yield* ticks(1);
        say(`${name} end`);
        throw errors[name];
      };
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failing("a"));
        group.createTask(long(say, "b"));
        group.createTask(failing("c"));
        try {
          yield* long(say, "body");
        } finally {
          say(`cancelling=${currentTask()?.cancelling()}`);
        }
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [errors.a, errors.c]);
      assertEquals(currentTask()?.cancelling(), 0);
    });
    assertEquals(words, "a end c end b CE body CE cancelling=1");
  });

  it("cancels its tasks when the body fails, and puts the body's error last", async () => {
    await play(function* () {
      const [own, other] = [new Error("body"), new Error("cleanup")];
      let cancelled = 0;
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            cancelled++;
            raise(other);
          }
        });
        yield* ticks(1);
        throw own;
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [other, own]);
      assertEquals(cancelled, 1);
    });
  });

  it("wraps the body's error even if it has no task", async () => {
    await play(function* () {
      const own = new Error("body");
      const error = yield* caught(taskGroup(() => failAfter(0, own)));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
    });
  });

  it("has its tasks' errors read", async () => {
    const [, reports] = await playAndListen(function* () {
      yield* caught(taskGroup(function* (group) {
        group.createTask(failAfter(1, new Error("one")));
        group.createTask(failAfter(1, new Error("two")));
      }));
    });
    assertEquals(reports, []);
  });

  it("lets through what was thrown without being an Error", async () => {
    await play(function* () {
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failAfter(1, "text"));
        group.createTask(failAfter(1, undefined));
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, ["text", undefined]);
    });
  });

  it("ignores a task that is cancelled, by another or by itself", async () => {
    await play(function* () {
      const result = yield* taskGroup(function* (group) {
        const task = group.createTask(sleep(60_000));
        group.createTask(failAfter(2, new CancelledError("itself")));
        yield* ticks(1);
        task.cancel();
        yield* sleep(5);
        return "undisturbed";
      });
      assertEquals(result, "undisturbed");
    });
  });

  it("throws a KeyboardInterrupt of the body bare, once its tasks are cancelled and have cleaned up", async () => {
    await play(function* () {
      const interrupt = new KeyboardInterrupt("Ctrl-C");
      let cleaned = false;
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            yield* sleep(5);
            cleaned = true;
            raise(new Error("hidden by the interrupt"));
          }
        });
        yield* ticks(1);
        throw interrupt;
      }));
      assertStrictEquals(error, interrupt);
      assert(cleaned);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("lets a CancelledError through that the body throws itself", async () => {
    await play(function* () {
      const own = new CancelledError("b");
      let cancelled = false;
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            cancelled = true;
          }
        });
        yield* ticks(1);
        throw own;
      }));
      assertStrictEquals(error, own);
      assert(cancelled);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("cancels its tasks when it is cancelled from outside, and passes the message on", async () => {
    const words = await trace(function* (say) {
      const task = createTask(() =>
        taskGroup(function* (group) {
          group.createTask(long(say, "child"));
          yield* long(say, "body");
        })
      );
      yield* ticks(2);
      task.cancel("outside");
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "outside");
      assert(task.cancelled());
      assertEquals(task.cancelling(), 1);
    });
    assertEquals(words, "body CE child CE");
  });

  it("cancels its tasks when it is cancelled from outside while it waits for them", async () => {
    const words = await trace(function* (say) {
      const task = createTask(() =>
        taskGroup(function* (group) {
          group.createTask(long(say, "child"));
        })
      );
      yield* ticks(3);
      task.cancel();
      yield* ticks(4);
      assert(task.cancelled());
    });
    assertEquals(words, "child CE");
  });

  it("throws the errors first when a cancel from outside meets them, and delivers the cancel at the next await", async () => {
    const words = await trace(function* (say) {
      const loop = getRunningLoop();
      const task = createTask(function* () {
        try {
          yield* taskGroup(function* (group) {
            group.createTask(failAfter(1, new Error("child")));
            yield* long();
          });
        } catch (error) {
          assertInstanceOf(error, ExceptionGroup);
          say(`group cancelling=${currentTask()?.cancelling()}`);
        }
        try {
          yield* sleep(1);
        } catch (error) {
          say((error as Error).name);
          throw error;
        }
      });
      yield* ticks(2);
      loop.callSoon(() => void task.cancel());
      yield* sleep(5);
      assert(task.cancelled());
      assertEquals(task.cancelling(), 1);
    });
    assertEquals(words, "group cancelling=1 CancelledError");
  });

  it("keeps a cancel from outside that comes while cancelled tasks clean up", async () => {
    await play(function* () {
      for (const inBody of [true, false]) {
        const group = new TaskGroup();
        const task = createTask(group.run(function* () {
          group.createTask(function* () {
            try {
              yield* sleep(60_000);
            } finally {
              yield* sleep(10);
            }
          });
          if (inBody) yield* sleep(60_000);
        }));
        yield* ticks(3);
        group.cancel();
        yield* sleep(5);
        task.cancel("outside");
        const error = yield* caught(task);
        assertInstanceOf(error, CancelledError);
        // In the body the group's own cancel came first, and that error is what leaves.
        assertEquals(error.message, inBody ? "" : "outside");
        assertEquals(task.cancelling(), 1);
      }
    });
  });

  it("raises the inner group first when nested ones fail at once, then its own at the next await", async () => {
    const words = await trace(function* (say) {
      const [inner, outer] = [new Error("inner"), new Error("outer")];
      const error = yield* caught(taskGroup(function* (outerGroup) {
        outerGroup.createTask(failAfter(1, outer));
        try {
          yield* taskGroup(function* (innerGroup) {
            innerGroup.createTask(failAfter(1, inner));
            yield* long();
          });
        } catch (error) {
          assertInstanceOf(error, ExceptionGroup);
          assertEquals(error.errors, [inner]);
          say(`inner cancelling=${currentTask()?.cancelling()}`);
        }
        try {
          yield* sleep(60_000);
        } catch (error) {
          say((error as Error).name);
          throw error;
        }
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [outer]);
      say(`cancelling=${currentTask()?.cancelling()}`);
    });
    assertEquals(words, "inner cancelling=1 CancelledError cancelling=0");
  });

  it("holds a task that starts others until the last of them is done", async () => {
    const words = await trace(function* (say) {
      yield* taskGroup(function* (group) {
        group.createTask(function* () {
          yield* sleep(5);
          group.createTask(function* () {
            yield* sleep(5);
            say("grandchild");
          });
          say("child");
        });
      });
      say("group");
    });
    assertEquals(words, "child grandchild group");
  });

  it("lets another task start some while it waits", async () => {
    await play(function* () {
      const group = new TaskGroup();
      const waiting = createTask(group.run(function* () {
        group.createTask(sleep(10));
      }));
      yield* sleep(5);
      const late = group.createTask(sleep(50, "late"));
      yield* waiting;
      assertEquals(late.result(), "late");
    });
  });

  it("reports a task that fails after the group's parent has ended, and fails nobody", async () => {
    const error = new Error("late");
    const group = new TaskGroup();
    const [, reports] = await playAndListen(function* () {
      const steps = group.run(function* () {
        group.createTask(failAfter(3, error));
        yield* sleep(60_000);
      });
      // A coroutine that is closed by hand, in the middle of the group.
      createTask(function* () {
        const iterator = (steps as unknown as Coroutine<void>)[Symbol.iterator]();
        iterator.next();
      });
      yield* ticks(8);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
    assert(String(reports[0]!.message).includes("parent"));
  });

  it("describes itself", async () => {
    await play(function* () {
      const group = new TaskGroup();
      assertEquals(group.toString(), "<TaskGroup>");
      const task = createTask(group.run(function* () {
        assertEquals(group.toString(), "<TaskGroup entered>");
        group.createTask(long());
        group.createTask(failAfter(1, new Error("bad")));
        assertEquals(group.toString(), "<TaskGroup tasks=2 entered>");
        try {
          yield* long();
        } finally {
          assertEquals(group.toString(), "<TaskGroup errors=1 cancelling>");
        }
      }));
      yield* caught(task);
    });
  });
});

describe("TaskGroup.cancel()", () => {
  it("in the body: ends the block at its next await, without an error and with no cancel counted", async () => {
    const words = await trace(function* (say) {
      const result = yield* taskGroup(function* (group) {
        group.createTask(long(say, "child"));
        yield* ticks(1);
        group.cancel();
        say("cancelled");
        yield* long(say, "body");
        return "never";
      });
      assertStrictEquals(result, undefined);
      assertEquals(currentTask()?.cancelling(), 0);
      yield* sleep(1);
    });
    assertEquals(words, "cancelled child CE body CE");
  });

  it("from another task: ends the block", async () => {
    await play(function* () {
      const group = new TaskGroup();
      const task = createTask(group.run(function* () {
        group.createTask(long());
        yield* long();
      }));
      yield* sleep(5);
      group.cancel();
      yield* task;
      assertFalse(task.cancelled());
      assertEquals(getRunningLoop().time(), 5);
    });
  });

  it("from one of its tasks: ends that as well", async () => {
    const words = await trace(function* (say) {
      yield* taskGroup(function* (group) {
        group.createTask(function* () {
          yield* ticks(1);
          group.cancel();
          yield* long(say, "child");
        });
        yield* long(say, "body");
      });
    });
    assertEquals(words, "body CE child CE");
  });

  it("before entry: lets the body run to its first suspension", async () => {
    const words = await trace(function* (say) {
      const group = new TaskGroup();
      group.cancel();
      yield* group.run(function* () {
        say("body");
        yield* long(say, "body");
        say("never");
      });
      assertEquals(currentTask()?.cancelling(), 0);
    });
    assertEquals(words, "body body CE");
  });

  it("with no later await: leaves silently, and a task that has not begun never does", async () => {
    const words = await trace(function* (say) {
      const result = yield* taskGroup(function* (group) {
        group.createTask(function* () {
          say("never");
        });
        group.cancel();
        return "result";
      });
      say(result);
      assertEquals(currentTask()?.cancelling(), 0);
      yield* sleep(1);
    });
    assertEquals(words, "result");
  });

  it("while it waits for its tasks: cancels them", async () => {
    await play(function* () {
      const group = new TaskGroup();
      let child: Task<void> | undefined;
      const task = createTask(group.run(function* () {
        child = group.createTask(long());
      }));
      yield* sleep(5);
      group.cancel();
      yield* task;
      assert(child?.cancelled());
    });
  });

  it("twice, or after the end: changes nothing more", async () => {
    await play(function* () {
      const group = new TaskGroup();
      yield* group.run(function* () {
        const child = group.createTask(() => caught(sleep(60_000)));
        yield* sleep(0);
        group.cancel();
        group.cancel();
        yield* caught(sleep(60_000));
        group.cancel();
        assertEquals(child.cancelling(), 1);
        yield* sleep(1);
      });
      group.cancel();
      assertEquals(currentTask()?.cancelling(), 0);
      yield* sleep(1);
    });
  });

  it("does not cover up a failure that came first", async () => {
    await play(function* () {
      const own = new Error("first");
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failAfter(0, own));
        try {
          yield* long();
        } finally {
          group.cancel();
        }
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
    });
  });

  it("still tells of errors of those that it cancelled", async () => {
    await play(function* () {
      const own = new Error("cleanup");
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            raise(own);
          }
        });
        yield* ticks(1);
        group.cancel();
        yield* long();
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("in the inner of two groups: leaves the outer alone", async () => {
    await play(function* () {
      const result = yield* taskGroup(function* (outer) {
        const task = outer.createTask(sleep(20, "outer task"));
        yield* taskGroup(function* (inner) {
          inner.createTask(long());
          inner.cancel();
          yield* long();
        });
        return yield* task;
      });
      assertEquals(result, "outer task");
    });
  });
});
