/** A cancel that meets the end of what is awaited, whatever that ends with, ends the task at its next await at the latest. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  currentTask,
  Event,
  type ExceptionContext,
  getRunningLoop,
  run,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { playAndListen, rejection, virtualEventLoop } from "../core/play.ts";
import { HOST_MOMENTS, LOOP_MOMENTS, type Moment, turn } from "./moments.ts";
import { type Ending, ENDINGS, fail, Failure } from "./scopes_that_fail.ts";

/** What the task met, in words: errors, whether it heard, and how it ended. */
type Start = (ending: Ending, go: Event, words: string[]) => Task<unknown>;

function word(error: unknown): string {
  return (error as Error).constructor.name;
}

const asynchronous: Start = (ending, go, words) =>
  createTask(async () => {
    try {
      await ending.asynchronous(go);
    } catch (error) {
      words.push(word(error));
      if (error instanceof CancelledError) throw error;
    }
    try {
      await sleep(100);
    } catch (error) {
      words.push(`next await: ${word(error)}`);
      throw error;
    }
    return "went on";
  });

const generator: Start = (ending, go, words) =>
  createTask(function* () {
    try {
      yield* ending.generator(go);
    } catch (error) {
      words.push(word(error));
      if (error instanceof CancelledError) throw error;
    }
    try {
      yield* sleep(100);
    } catch (error) {
      words.push(`next await: ${word(error)}`);
      throw error;
    }
    return "went on";
  });

/** Errors of what was left behind are reported, which is right and of no interest here. */
async function outcome(moment: Moment, ending: Ending, start: Start): Promise<string> {
  const [words] = await playAndListen(async () => {
    const go = new Event();
    const words: string[] = [];
    const task = start(ending, go, words);
    await sleep(1);
    moment.meet(() => go.set(), () => void task.cancel());
    await turn();
    await sleep(200);
    assert(task.done(), `${ending.name}, ${moment.name}: the task still waits: ${task}`);
    words.push(task.cancelled() ? "cancelled" : String(task.exception() ?? task.result()), String(task.cancelling()));
    return words;
  });
  return words.join(", ");
}

describe("A cancel that meets the end of", () => {
  for (const ending of ENDINGS) {
    if (!ending.host) {
      it(`${ending.name} is heard as in a coroutine, at every moment of the loop`, async () => {
        for (const moment of LOOP_MOMENTS) {
          assertEquals(
            await outcome(moment, ending, asynchronous),
            await outcome(moment, ending, generator),
            moment.name,
          );
        }
      });
    }

    it(`${ending.name} is heard as at one of those moments when it comes from the host`, async () => {
      const known = new Set<string>();
      for (const moment of LOOP_MOMENTS) known.add(await outcome(moment, ending, generator));
      for (const moment of ending.host ? [...LOOP_MOMENTS, ...HOST_MOMENTS] : HOST_MOMENTS) {
        const words = await outcome(moment, ending, asynchronous);
        assert(known.has(words), `${moment.name}: ${words}; a coroutine knows ${[...known].join(" or ")}`);
      }
    });
  }
});

/** A group whose child fails when it is cancelled; the caller takes that error. */
async function badGroup(): Promise<void> {
  try {
    await taskGroup(async (group) => {
      group.createTask(async () => {
        try {
          await sleep(1_000);
        } finally {
          fail("cleanup");
        }
      });
      await sleep(1_000);
    });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
  }
}

describe("A group that fails while it is cancelled", () => {
  it("does not hide a deadline: the timeout around it is thrown", async () => {
    await playAndListen(async () => {
      const error = await rejection(timeout(5, async () => {
        await badGroup();
        await sleep(1_000);
        return "went on";
      }));
      assertInstanceOf(error, TimeoutError);
      assertEquals(getRunningLoop().time(), 5);
      assertEquals(currentTask()!.cancelling(), 0);
      await sleep(1);
    });
  });

  it("does not hide the failure of a sibling in an outer group", async () => {
    await playAndListen(async () => {
      let wentOn = false;
      await rejection(taskGroup(async (group) => {
        group.createTask(async () => {
          await sleep(5);
          throw new Failure("sibling");
        });
        await badGroup();
        await sleep(1_000);
        wentOn = true;
      }));
      assert(!wentOn);
      assertEquals(getRunningLoop().time(), 5);
      await sleep(1);
    });
  });

  it("does not hide the signal of run()", async () => {
    const controller = new AbortController();
    let wentOn = false;
    const reports: ExceptionContext[] = [];
    const error = await rejection(run(async () => {
      getRunningLoop().callLater(5, () => controller.abort());
      await badGroup();
      await sleep(1_000);
      wentOn = true;
    }, {
      signal: controller.signal,
      loopFactory() {
        const loop = virtualEventLoop();
        loop.setExceptionHandler((_loop, report) => void reports.push(report));
        return loop;
      },
    }));
    assert(!wentOn);
    assertInstanceOf(error, CancelledError);
    assertEquals(reports, []);
  });

  it("does not hide a cancel from a function between", async () => {
    await playAndListen(async () => {
      const inner = async () => {
        await badGroup();
        return "done";
      };
      const outer = async () => {
        const result = await inner();
        await sleep(1_000);
        return result;
      };
      const task = createTask(outer);
      await sleep(1);
      task.cancel("stop");
      const error = await rejection(task);
      assertInstanceOf(error, CancelledError);
      assertEquals(task.cancelling(), 1);
    });
  });
});
