/** What can be started eagerly of an async function: all up to its first `await`. */

import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  ContextVar,
  currentTask,
  eagerTaskFactory,
  getRunningLoop,
  Lock,
  sleep,
  type Task,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { play, rejection } from "../core/play.ts";
import { afterCallbacks } from "./moments.ts";

function eagerly<T>(source: () => Promise<T>): Task<T> {
  return getRunningLoop().createTask(source, { eagerStart: true });
}

describe("An async function that is started eagerly", () => {
  it("runs up to its first await before createTask() returns, as its own task", async () => {
    await play(async () => {
      const outer = currentTask();
      const words: string[] = [];
      let inner: unknown;
      const task = eagerly(async () => {
        inner = currentTask();
        words.push("first");
        await sleep(0);
        words.push("second");
        assertStrictEquals(currentTask(), inner);
      });
      words.push("made");
      assertStrictEquals(inner, task);
      assertStrictEquals(currentTask(), outer);
      await task;
      assertEquals(words, ["first", "made", "second"]);
    });
  });

  it("goes on past what does not suspend", async () => {
    await play(async () => {
      const task = eagerly(async () => {
        using _guard = await new Lock().acquire();
        return await timeout(0, async () => await Promise.resolve(7));
      });
      assertEquals(await task, 7);
    });
  });

  it("has a context of its own", async () => {
    await play(async () => {
      const variable = new ContextVar<string>("variable", { default: "none" });
      variable.set("outer");
      const task = eagerly(async () => {
        const before = variable.get();
        variable.set("inner");
        await sleep(0);
        return [before, variable.get()];
      });
      assertEquals(variable.get(), "outer");
      assertEquals(await task, ["outer", "inner"]);
      assertEquals(variable.get(), "outer");
    });
  });

  it("is cancelled at its first await, at every moment", async () => {
    for (let callbacks = 0; callbacks < 5; callbacks++) {
      await play(async () => {
        const words: string[] = [];
        const task = eagerly(async () => {
          try {
            await sleep(100);
          } finally {
            words.push("cleanup");
            await sleep(0);
            await sleep(1);
            words.push("whole");
          }
        });
        afterCallbacks(callbacks, () => void task.cancel());
        assertInstanceOf(await rejection(task), CancelledError);
        assertEquals(words, ["cleanup", "whole"], `${callbacks} callbacks after`);
      });
    }
  });

  it("by itself is cancelled at its first await", async () => {
    await play(async () => {
      let wentOn = false;
      const task = eagerly(async () => {
        currentTask()!.cancel("self");
        await sleep(1);
        wentOn = true;
      });
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals([error.message, wentOn], ["self", false]);
    });
  });

  it("that throws before its first await fails", async () => {
    await play(async () => {
      const own = new Error("own");
      // deno-lint-ignore require-await
      const task = eagerly(async () => {
        throw own;
      });
      assertStrictEquals(await rejection(task), own);
    });
  });

  it("is interrupted by a deadline around it", async () => {
    await play(async () => {
      const error = await rejection(timeout(5, async () => {
        await eagerly(async () => await sleep(100));
      }));
      assertInstanceOf(error, TimeoutError);
    });
  });

  it("by eagerTaskFactory is seen as pending until its promise has settled", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      loop.setTaskFactory(eagerTaskFactory);
      // deno-lint-ignore require-await
      const task = loop.createTask(async () => 7);
      assertFalse(task.done());
      loop.setTaskFactory(null);
      assertEquals(await task, 7);
      assert(task.done());
    });
  });
});
