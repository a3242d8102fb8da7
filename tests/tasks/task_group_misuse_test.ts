import { assert, assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  currentTask,
  RuntimeError,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { caught, failAfter, ticks } from "./steps.ts";

/** A coroutine that notes whether it has begun. */
function watched(): { readonly coroutine: Coroutine<void>; begun: boolean } {
  const watch = { coroutine: steps(), begun: false };
  function* steps(): Coroutine<void> {
    watch.begun = true;
    yield* sleep(0);
  }
  return watch;
}

/** Asserts that the group refuses a coroutine, for the reason given, and closes it. */
function refuses(group: TaskGroup, reason: string): void {
  const watch = watched();
  const before = group.toString();
  const error = assertThrows(() => group.createTask(watch.coroutine), RuntimeError, reason);
  assert(error.message.includes(before), error.message);
  assertEquals(group.toString(), before);
  assertEquals(watch.coroutine.next(), { done: true, value: undefined });
  assertFalse(watch.begun);
}

describe("TaskGroup.createTask() refuses, and closes the coroutine,", () => {
  it("before the group is entered", () => {
    refuses(new TaskGroup(), "not been entered");
  });

  it("after the group is over", async () => {
    await play(function* () {
      const group = new TaskGroup();
      yield* group.run(function* () {});
      refuses(group, "finished");
    });
  });

  it("once its last task is done, though the block has not gone on yet", async () => {
    await play(function* () {
      const group = new TaskGroup();
      let refused = 0;
      yield* group.run(function* () {
        group.createTask(() => sleep(0)).addDoneCallback(() => {
          refuses(group, "finished");
          group.cancel();
          refused++;
        });
      });
      assertEquals(refused, 1);
      assertEquals(currentTask()?.cancelling(), 0);
    });
  });

  it("after a group that failed is over", async () => {
    await play(function* () {
      const group = new TaskGroup();
      yield* caught(group.run(() => failAfter(0, new Error("bad"))));
      assertThrows(() => group.createTask(watched().coroutine), RuntimeError);
    });
  });

  it("while it shuts down because a task has failed", async () => {
    await play(function* () {
      const group = new TaskGroup();
      yield* caught(group.run(function* () {
        group.createTask(failAfter(0, new Error("bad")));
        try {
          yield* sleep(60_000);
        } finally {
          refuses(group, "shutting down");
        }
      }));
    });
  });

  it("while it shuts down because it was cancelled", async () => {
    await play(function* () {
      yield* taskGroup(function* (group) {
        group.cancel();
        refuses(group, "shutting down");
      });
    });
  });

  it("without calling a function that it was given", async () => {
    let called = false;
    const group = new TaskGroup();
    assertThrows(() =>
      group.createTask(() => {
        called = true;
        return Promise.resolve();
      }), RuntimeError);
    await play(() => sleep(1));
    assertFalse(called);
  });
});

describe("TaskGroup, misused,", () => {
  it("refuses what is nothing to run, and stays as it was", async () => {
    await play(function* () {
      const result = yield* taskGroup(function* (group) {
        const running = createTask(sleep(1));
        for (const value of [5, null, undefined, Promise.resolve(), running]) {
          assertThrows(
            () => group.createTask(value as unknown as () => Coroutine<void>),
            TypeError,
            "Cannot make a task of",
          );
        }
        assertEquals(group.toString(), "<TaskGroup entered>");
        return yield* group.createTask(sleep(1, "fine"));
      });
      assertEquals(result, "fine");
    });
  });

  it("refuses to be entered twice, in turn and at once", async () => {
    await play(function* () {
      const group = new TaskGroup();
      let bodies = 0;
      function* body(): Coroutine<void> {
        bodies++;
        yield* sleep(5);
      }
      const first = createTask(group.run(body));
      yield* ticks(1);
      const error = yield* caught(group.run(body));
      assertInstanceOf(error, RuntimeError);
      assert(error.message.includes("twice") && error.message.includes("another group"), error.message);
      yield* first;
      assertInstanceOf(yield* caught(group.run(body)), RuntimeError);
      assertEquals(bodies, 1);
    });
  });

  it("refuses to be entered outside a task, and may be entered in one afterwards", async () => {
    const group = new TaskGroup();
    assertThrows(() => group.run(function* () {})[Symbol.iterator]().next(), RuntimeError, "outside a task");
    assertEquals(group.toString(), "<TaskGroup>");
    assertEquals(await play(() => group.run(() => sleep(1, "entered"))), "entered");
  });

  it("refuses a body that is no function, in the call", () => {
    for (const body of [undefined, null, 5, sleep(1), Promise.resolve()]) {
      assertThrows(() => taskGroup(body as unknown as () => Coroutine<void>), TypeError, "generator function");
      assertThrows(
        () => new TaskGroup().run(body as unknown as () => Coroutine<void>),
        TypeError,
        "generator function",
      );
    }
  });

  it("fails like its body when that gives nothing to run", async () => {
    await play(function* () {
      const error = yield* caught(taskGroup((() => 5) as unknown as () => Coroutine<void>));
      assert(error instanceof AggregateError);
      assertInstanceOf(error.errors[0], TypeError);
    });
  });

  it("keeps an option that it cannot use from starting anything", async () => {
    await play(function* () {
      yield* taskGroup(function* (group) {
        const watch = watched();
        assertThrows(() => group.createTask(watch.coroutine, { context: {} as never }), TypeError, "Context");
        yield* ticks(2);
        assertFalse(watch.begun);
        assertEquals(group.toString(), "<TaskGroup entered>");
      });
    });
  });

  it("gives each task to whoever made it alone: a task of another group is refused", async () => {
    await play(function* () {
      yield* taskGroup(function* (one) {
        const task: Task<void> = one.createTask(ticks(1));
        yield* taskGroup(function* (other) {
          assertThrows(() => other.createTask(task as unknown as () => Coroutine<void>), TypeError);
        });
      });
    });
  });
});
