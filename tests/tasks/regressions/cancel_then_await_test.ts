import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, getRunningLoop, sleep } from "../../../mod.ts";
import { play, rejection } from "../../core/play.ts";
import { caught } from "../steps.ts";

/** A task that takes 20 ms to clean up. */
function slowToEnd(words: string[]) {
  return createTask(function* () {
    try {
      yield* sleep(60_000);
    } finally {
      yield* sleep(20);
      words.push("cleaned");
    }
  });
}

describe("A cancel followed by an await joins the task's cleanup", () => {
  it("in an async function", async () => {
    await play(async () => {
      const words: string[] = [];
      const task = slowToEnd(words);
      await sleep(1);
      task.cancel("stop");
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals([error.message, ...words], ["stop", "cleaned"]);
    });
  });

  it("in a coroutine", async () => {
    await play(function* () {
      const words: string[] = [];
      const task = slowToEnd(words);
      yield* sleep(1);
      task.cancel("stop");
      assertInstanceOf(yield* caught(task), CancelledError);
      assertEquals(words, ["cleaned"]);
    });
  });

  it("by Promise.allSettled(), of several at once", async () => {
    await play(async () => {
      const words: string[] = [];
      const tasks = [slowToEnd(words), slowToEnd(words)];
      await sleep(1);
      for (const task of tasks) task.cancel();
      const settled = await Promise.allSettled(tasks);
      assertEquals(settled.map(({ status }) => status), ["rejected", "rejected"]);
      assertEquals(words, ["cleaned", "cleaned"]);
      assertEquals(getRunningLoop().time(), 21);
    });
  });

  it("for several who await it", async () => {
    await play(async () => {
      const task = slowToEnd([]);
      await sleep(1);
      task.cancel();
      const errors = await Promise.all([rejection(task), rejection(task), rejection(createTask(() => caughtAgain()))]);
      for (const error of errors) assertInstanceOf(error, CancelledError);
      assert(task.cancelled());
      function* caughtAgain() {
        yield* task;
      }
    });
  });

  it("also when nothing had begun", async () => {
    await play(async () => {
      const words: string[] = [];
      const task = slowToEnd(words);
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      assertEquals(words, []);
    });
  });
});
