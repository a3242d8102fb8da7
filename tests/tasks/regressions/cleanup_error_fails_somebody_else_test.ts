import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, currentTask, ExceptionGroup, sleep, taskGroup, timeout } from "../../../mod.ts";
import { playAndListen, rejection } from "../../core/play.ts";
import { caught, failAfter, raise, ticks } from "../steps.ts";

/** Waits until it is cancelled, then fails in its cleanup. */
function* failsInCleanup(error: Error, delay = 0) {
  try {
    yield* sleep(60_000);
  } finally {
    yield* sleep(delay);
    raise(error);
  }
}

describe("An error in a cleanup that its caller catches fails nobody else:", () => {
  it("the task that joins it goes on", async () => {
    const own = new Error("cleanup");
    const [result, reports] = await playAndListen(function* () {
      const task = createTask(failsInCleanup(own));
      yield* ticks(1);
      task.cancel();
      assertStrictEquals(yield* caught(task), own);
      assertEquals(currentTask()?.cancelling(), 0);
      return yield* sleep(1, "went on");
    });
    assertEquals([result, reports.length], ["went on", 0]);
  });

  it("the async function that joins it goes on", async () => {
    const own = new Error("cleanup");
    const [result, reports] = await playAndListen(async () => {
      const task = createTask(failsInCleanup(own));
      await sleep(1);
      task.cancel();
      assertStrictEquals(await rejection(task), own);
      return await sleep(1, "went on");
    });
    assertEquals([result, reports.length], ["went on", 0]);
  });

  it("the outer of two groups goes on", async () => {
    const own = new Error("cleanup");
    const [result, reports] = await playAndListen(function* () {
      return yield* taskGroup(function* (outer) {
        const sibling = outer.createTask(sleep(50, "sibling"));
        const error = yield* caught(taskGroup(function* (inner) {
          inner.createTask(failsInCleanup(own));
          yield* ticks(2);
          inner.cancel();
          yield* sleep(60_000);
        }));
        assertInstanceOf(error, ExceptionGroup);
        assertEquals(error.errors, [own]);
        return yield* sibling;
      });
    });
    assertEquals([result, reports.length], ["sibling", 0]);
  });

  it("a deadline whose body failed so leaves no cancel behind", async () => {
    const own = new Error("cleanup");
    const [result, reports] = await playAndListen(function* () {
      assertStrictEquals(yield* caught(timeout(10, () => failsInCleanup(own))), own);
      assertEquals(currentTask()?.cancelling(), 0);
      return yield* sleep(1, "went on");
    });
    assertEquals([result, reports.length], ["went on", 0]);
  });
});

describe("The body's error and several errors of cleanups", () => {
  it("are all in the group's error, in the order in which they came, the body's last", async () => {
    const body = new Error("body");
    const [quick, slow, first] = [new Error("quick"), new Error("slow"), new Error("first")];
    const [, reports] = await playAndListen(function* () {
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failsInCleanup(slow, 20));
        group.createTask(failsInCleanup(quick, 10));
        group.createTask(failAfter(1, first));
        try {
          yield* sleep(60_000);
        } finally {
          raise(body);
        }
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors, [first, quick, slow, body]);
    });
    assertEquals(reports, []);
  });

  it("are told apart from those of an inner group", async () => {
    const [inner, outer] = [new Error("inner"), new Error("outer")];
    const [, reports] = await playAndListen(function* () {
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(failsInCleanup(outer));
        yield* taskGroup(function* (nested) {
          nested.createTask(failAfter(2, inner));
          yield* sleep(60_000);
        });
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertStrictEquals(error.errors[0], outer);
      assert(error.errors[1] instanceof ExceptionGroup);
      assertEquals(error.errors[1].errors, [inner]);
      assertEquals(error.errors.length, 2);
    });
    assertEquals(reports, []);
  });
});
