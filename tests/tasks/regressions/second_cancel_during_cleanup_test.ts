import { assert, assertEquals, assertFalse, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { play } from "../../core/play.ts";
import { caught, ticks } from "../steps.ts";

describe("A second cancel during cleanup", () => {
  it("interrupts the cleanup where it waits, each time anew", async () => {
    await play(function* () {
      const messages: string[] = [];
      const task = createTask(function* () {
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            yield* sleep(60_000);
          } catch (error) {
            messages.push((error as CancelledError).message);
          }
        }
        return "gave up waiting";
      });
      for (const message of ["one", "two", "three"]) {
        yield* ticks(1);
        task.cancel(message);
      }
      assertEquals(yield* task, "gave up waiting");
      assertEquals(messages, ["one", "two", "three"]);
      assertEquals(task.cancelling(), 3);
    });
  });

  it("of a group: no task outlives it, however often it is cancelled", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      let child: Task<void> | undefined;
      const parent = createTask(() =>
        taskGroup(function* (group) {
          child = group.createTask(function* () {
            try {
              yield* sleep(60_000);
            } finally {
              yield* shield(sleep(100));
              yield* sleep(50);
            }
          });
          yield* sleep(60_000);
        })
      );
      yield* sleep(1);
      for (let times = 0; times < 3; times++) {
        parent.cancel();
        yield* sleep(10);
        assertFalse(parent.done());
      }
      assertInstanceOf(yield* caught(parent), CancelledError);
      assert(child?.done());
      assertEquals(loop.time(), 151);
    });
  });

  it("of a group that cancelled itself: the cancel from outside is not swallowed", async () => {
    await play(function* () {
      const group = new TaskGroup();
      const parent = createTask(group.run(function* () {
        group.createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            yield* sleep(100);
          }
        });
        yield* ticks(1);
        group.cancel();
        yield* sleep(60_000);
      }));
      yield* sleep(50);
      parent.cancel("outside");
      assertInstanceOf(yield* caught(parent), CancelledError);
      assert(parent.cancelled());
    });
  });

  it("by a deadline around it: the cleanup ends by that", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      const task = createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          assertInstanceOf(yield* caught(timeout(20, () => sleep(60_000))), TimeoutError);
          assertEquals(currentTask()?.cancelling(), 1);
        }
      });
      yield* sleep(10);
      task.cancel("first");
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals([error.message, loop.time()], ["first", 30]);
    });
  });

  it("in the iteration of the first one is the same cancel, with the later message", async () => {
    await play(function* () {
      let times = 0;
      const task = createTask(function* () {
        try {
          yield* sleep(60_000);
        } catch {
          times++;
          yield* sleep(5);
          return "cleaned up";
        }
      });
      yield* ticks(1);
      task.cancel("first");
      task.cancel("second");
      assertEquals(yield* task, "cleaned up");
      assertEquals([times, task.cancelling()], [1, 2]);
    });
  });
});
