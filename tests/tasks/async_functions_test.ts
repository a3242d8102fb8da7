/** The same scopes and waits in async functions: done, failing, cancelled from outside, nested. */

import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  currentTask,
  ExceptionGroup,
  FIRST_COMPLETED,
  gather,
  getRunningLoop,
  shield,
  sleep,
  TaskGroup,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  wait,
  waitFor,
} from "../../mod.ts";
import { play, playAndListen, rejection } from "../core/play.ts";
import { failAfter } from "./steps.ts";

/** Sleeps until it is cancelled; notes its name then. */
async function long(cancelled: string[] = [], name = "long"): Promise<void> {
  try {
    await sleep(60_000);
  } catch (error) {
    if (error instanceof CancelledError) cancelled.push(name);
    throw error;
  }
}

/** Makes a task of an async function and lets it begin to wait. */
async function begun<T>(body: () => Promise<T>): Promise<{ task: ReturnType<typeof createTask<T>> }> {
  const task = createTask(body);
  await sleep(1);
  assertFalse(task.done());
  return { task };
}

describe("await taskGroup(async (group) => …)", () => {
  it("waits for its tasks and gives the body's result", async () => {
    await play(async () => {
      let done = 0;
      const result = await taskGroup(async (group) => {
        group.createTask(async () => {
          await sleep(10);
          done++;
        });
        const quick = group.createTask(sleep(5, "quick"));
        return await quick;
      });
      assertEquals([result, done], ["quick", 1]);
    });
  });

  it("lets its body start tasks after every await, and on to the end of the last task", async () => {
    await play(async () => {
      const order: string[] = [];
      await taskGroup(async (group) => {
        for (const name of ["a", "b"]) {
          await sleep(1);
          group.createTask(async () => {
            await sleep(5);
            group.createTask(async () => {
              await sleep(5);
              order.push(name);
            });
          });
        }
      });
      assertEquals(order, ["a", "b"]);
    });
  });

  it("interrupts the body when a task fails, cancels the rest, and throws the group", async () => {
    await play(async () => {
      const own = new Error("own");
      const cancelled: string[] = [];
      const error = await rejection(taskGroup(async (group) => {
        group.createTask(() => long(cancelled, "task"));
        group.createTask(failAfter(1, own));
        await long(cancelled, "body");
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      assertEquals(cancelled.sort(), ["body", "task"]);
      assertEquals(currentTask()?.cancelling(), 0);
      await sleep(1);
    });
  });

  it("cancels its tasks when the body fails", async () => {
    await play(async () => {
      const own = new Error("own");
      const cancelled: string[] = [];
      const error = await rejection(taskGroup(async (group) => {
        group.createTask(() => long(cancelled, "task"));
        await sleep(1);
        throw own;
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      assertEquals(cancelled, ["task"]);
    });
  });

  it("passes a cancel from outside on to body and tasks, with the message", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const { task } = await begun(async () =>
        await taskGroup(async (group) => {
          group.createTask(() => long(cancelled, "task"));
          await long(cancelled, "body");
        })
      );
      task.cancel("outside");
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "outside");
      assert(task.cancelled());
      assertEquals(cancelled.sort(), ["body", "task"]);
    });
  });

  it("passes a cancel from outside on while it waits for its tasks", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const { task } = await begun(async () => {
        await taskGroup(async (group) => {
          group.createTask(() => long(cancelled, "task"));
          await sleep(0);
        });
      });
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(cancelled, ["task"]);
    });
  });

  it("ends without an error when the group is cancelled", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const group = new TaskGroup();
      const { task } = await begun(async () => {
        await group.run(async () => {
          group.createTask(() => long(cancelled, "task"));
          await long(cancelled, "body");
        });
        await sleep(1);
        return "went on";
      });
      group.cancel();
      assertEquals(await task, "went on");
      assertEquals(cancelled.sort(), ["body", "task"]);
    });
  });

  it("nests: the inner group's error passes the outer body and fails the outer group", async () => {
    await play(async () => {
      const own = new Error("own");
      const cancelled: string[] = [];
      const error = await rejection(taskGroup(async (outer) => {
        outer.createTask(() => long(cancelled, "outer task"));
        await taskGroup(async (inner) => {
          inner.createTask(() => long(cancelled, "inner task"));
          inner.createTask(failAfter(1, own));
          await long(cancelled, "inner body");
        });
      }));
      assertInstanceOf(error, ExceptionGroup);
      const [inner] = error.errors;
      assertInstanceOf(inner, ExceptionGroup);
      assertEquals(inner.errors, [own]);
      assertEquals(cancelled.sort(), ["inner body", "inner task", "outer task"]);
    });
  });

  it("nests: a failure in the outer group interrupts the inner body and its tasks", async () => {
    await play(async () => {
      const own = new Error("own");
      const cancelled: string[] = [];
      const error = await rejection(taskGroup(async (outer) => {
        outer.createTask(failAfter(3, own));
        await taskGroup(async (inner) => {
          inner.createTask(() => long(cancelled, "inner task"));
          await long(cancelled, "inner body");
        });
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      assertEquals(cancelled.sort(), ["inner body", "inner task"]);
    });
  });

  it("interrupts what the body awaits of the host through the signal of its task", async () => {
    await play(async () => {
      const own = new Error("own");
      let reason: unknown;
      const error = await rejection(taskGroup(async (group) => {
        group.createTask(failAfter(1, own));
        const { signal } = currentTask()!;
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(signal.reason);
          })
        );
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [own]);
      assertInstanceOf(reason, CancelledError);
    });
  });

  it("has an async body in a coroutine, and a coroutine body in an async function", async () => {
    await play(function* () {
      const result = yield* taskGroup(async (group) => {
        const inner = group.createTask(sleep(1, "inner"));
        return await taskGroup(function* () {
          return yield* inner;
        });
      });
      assertEquals(result, "inner");
    });
  });
});

describe("await timeout(ms, async (scope) => …)", () => {
  it("gives the body's result in time", async () => {
    await play(async () => {
      assertEquals(await timeout(10, async () => await sleep(5, "in time")), "in time");
    });
  });

  it("interrupts the body, lets it clean up, then throws a TimeoutError caused by the cancel", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      const order: string[] = [];
      const error = await rejection(timeout(10, async () => {
        try {
          await sleep(60_000);
        } finally {
          await sleep(5);
          order.push(`clean at ${loop.time()}`);
        }
      }));
      assertInstanceOf(error, TimeoutError);
      assertInstanceOf(error.cause, CancelledError);
      assertEquals(order, ["clean at 15"]);
      assertEquals(currentTask()?.cancelling(), 0);
      await sleep(1);
    });
  });

  it("can tell and move its deadline", async () => {
    await play(async () => {
      const result = await timeout(10, async (scope) => {
        assertEquals(scope.when(), 10);
        await sleep(5);
        scope.reschedule(100);
        return await sleep(50, "moved");
      });
      assertEquals(result, "moved");
    });
  });

  it("gives what a body gives that swallows the deadline", async () => {
    await play(async () => {
      const result = await timeout(10, async (scope) => {
        await rejection(sleep(60_000));
        return scope.expired();
      });
      assertStrictEquals(result, true);
    });
  });

  it("cannot interrupt what the body awaits of the host, but tells when that is over", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      const error = await rejection(timeout(10, () => new Promise((resolve) => loop.callLater(50, resolve, "late"))));
      assertInstanceOf(error, TimeoutError);
      assertEquals(loop.time(), 50);
    });
  });

  it("interrupts the next await after one of the host", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      let reached = false;
      const error = await rejection(timeout(10, async () => {
        await new Promise<void>((resolve) => loop.callLater(50, resolve));
        await sleep(100);
        reached = true;
      }));
      assertInstanceOf(error, TimeoutError);
      assertFalse(reached);
      assertEquals(loop.time(), 50);
    });
  });

  it("passes a cancel from outside on as it is", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const { task } = await begun(async () => {
        await timeout(1_000, () => long(cancelled, "body"));
      });
      task.cancel("outside");
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "outside");
      assertEquals(cancelled, ["body"]);
    });
  });

  it("nests: the earlier deadline is told apart, also when both fire at once", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      for (const [outer, inner, innerSees] of [[20, 10, TimeoutError], [10, 20, CancelledError]] as const) {
        let seen: unknown;
        const start = loop.time();
        const error = await rejection(timeout(outer, async () => {
          try {
            await timeout(inner, () => long());
          } catch (error) {
            seen = error;
            throw error;
          }
        }));
        assertInstanceOf(error, TimeoutError);
        assertInstanceOf(seen, innerSees);
        assertEquals(loop.time() - start, 10);
      }
      const deadline = loop.time() + 10;
      assertInstanceOf(
        await rejection(timeoutAt(deadline, async () => await timeoutAt(deadline, () => long()))),
        TimeoutError,
      );
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("counts its time from the call, not from the await", async () => {
    await play(async () => {
      const scope = timeout(10, () => long());
      await sleep(8);
      assertInstanceOf(await rejection(scope), TimeoutError);
      assertEquals(getRunningLoop().time(), 10);
    });
  });

  it("lets the body's error through", async () => {
    await play(async () => {
      const own = new Error("own");
      assertStrictEquals(await rejection(timeout(10, () => Promise.reject(own))), own);
      assertStrictEquals(
        await rejection(timeout(10, async () => {
          await sleep(1);
          throw own;
        })),
        own,
      );
    });
  });
});

describe("await gather(…)", () => {
  it("gives the results in order, and the first error", async () => {
    await play(async () => {
      assertEquals(await gather(sleep(2, "a"), sleep(1, "b"), Promise.resolve("c")), ["a", "b", "c"]);
      const own = new Error("own");
      assertStrictEquals(await rejection(gather(sleep(5), failAfter(1, own))), own);
    });
  });

  it("cancels all of them when whoever awaits is cancelled", async () => {
    const cancelled: string[] = [];
    const [, reports] = await playAndListen(async () => {
      const { task } = await begun(async () => {
        await gather(createTask(() => long(cancelled, "a")), createTask(() => long(cancelled, "b")));
      });
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assert(task.cancelled());
    });
    assertEquals(cancelled, ["a", "b"]);
    assertEquals(reports, []);
  });
});

describe("await wait(…), waitFor(…), shield(…)", () => {
  it("wait() gives its two sets, and cancels nothing when it is cancelled", async () => {
    await play(async () => {
      const [quick, slow] = [createTask(sleep(5, "quick")), createTask(sleep(50, "slow"))];
      const [done, pending] = await wait([quick, slow], { returnWhen: FIRST_COMPLETED });
      assert(done.has(quick) && pending.has(slow));
      const { task } = await begun(async () => {
        await wait([slow]);
      });
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(await slow, "slow");
    });
  });

  it("waitFor() gives up in time and cancels what it waits for", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const work = createTask(() => long(cancelled, "work"));
      assertInstanceOf(await rejection(waitFor(work, 10)), TimeoutError);
      assertEquals(cancelled, ["work"]);
      assertEquals(await waitFor(sleep(1, "in time"), 10), "in time");
    });
  });

  it("waitFor() passes a cancel from outside on to what it waits for", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const { task } = await begun(async () => {
        await waitFor(createTask(() => long(cancelled, "work")), 1_000);
      });
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(cancelled, ["work"]);
    });
  });

  it("shield() keeps the work going when whoever awaits is cancelled", async () => {
    await play(async () => {
      const work = createTask(async () => await sleep(20, "work"));
      const { task } = await begun(async () => await shield(work));
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(await work, "work");
    });
  });
});

describe("a cancel in an async function", () => {
  it("reaches everything that it awaits at once through Promise.all()", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const { task } = await begun(async () => {
        await Promise.all([createTask(() => long(cancelled, "a")), createTask(() => long(cancelled, "b"))]);
      });
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(cancelled, ["a", "b"]);
    });
  });

  it("reaches what an async function awaits that it called itself", async () => {
    await play(async () => {
      const cancelled: string[] = [];
      const helper = async () => await long(cancelled, "helper");
      const { task } = await begun(async () => {
        await helper();
      });
      task.cancel("why");
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "why");
      assertEquals(cancelled, ["helper"]);
    });
  });

  it("that comes with a result wins, as in a coroutine", async () => {
    await play(async () => {
      const future = getRunningLoop().createFuture<string>();
      const { task } = await begun(async () => await future);
      future.setResult("lost");
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(future.result(), "lost");
    });
  });
});
