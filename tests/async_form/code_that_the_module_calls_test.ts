/** Async code that the module or the host calls can await the module: it is part of a task, or joins the only loop. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  forEach,
  fromPromise,
  gather,
  getRunningLoop,
  Lock,
  run,
  RuntimeError,
  sleep,
  type Task,
  timeout,
  TimeoutError,
  use,
} from "../../mod.ts";
import { play, playAndListen, rejection, virtualEventLoop } from "../core/play.ts";
import { turn } from "./moments.ts";

async function helper<T>(value: T): Promise<T> {
  await sleep(1);
  await turn();
  await timeout(1_000, async () => await sleep(1));
  return value;
}

async function* lines(words: string[] = []): AsyncGenerator<string> {
  try {
    for (const line of ["a", "b"]) {
      await helper(null);
      yield line;
    }
  } finally {
    await sleep(1);
    words.push("closed");
  }
}

function resource(words: string[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await helper(null);
      words.push("disposed");
    },
  };
}

/** Runs in a coroutine and in an async function. */
function inBoth(name: string, body: () => PromiseLike<unknown>): void {
  it(`${name}, in an async function`, async () => {
    await play(async () => void await body());
  });
  it(`${name}, in a coroutine`, async () => {
    await play(function* () {
      yield* coroutine(function* () {
        yield* fromPromise(() => Promise.resolve(body()));
      })();
    });
  });
}

describe("What the module calls for a task", () => {
  it("may await the module: an async generator under forEach()", async () => {
    const words: string[] = [];
    await play(() => forEach(lines(words), async (line) => void words.push(await helper(line))));
    await play(function* () {
      yield* forEach(lines(words), function* (line) {
        yield* sleep(0);
        words.push(line);
      });
    });
    assertEquals(words, ["a", "b", "closed", "a", "b", "closed"]);
  });

  it("may await the module: an async disposer under use()", async () => {
    const words: string[] = [];
    await play(() => use(resource(words), async () => await helper("body")));
    await play(function* () {
      const result = yield* use(resource(words), function* () {
        yield* sleep(1);
        return "body";
      });
      assertEquals(result, "body");
    });
    assertEquals(words, ["disposed", "disposed"]);
  });

  it("may await the module: the function of fromPromise()", async () => {
    assertEquals(await play(() => fromPromise(() => helper(7))), 7);
    assertEquals(
      await play(function* () {
        return yield* fromPromise(() => helper(7));
      }),
      7,
    );
    assertEquals(await play(async () => await fromPromise(async () => await helper(7))), 7);
  });

  it("may await the module: bodies that call helpers, in a coroutine", async () => {
    await play(function* () {
      assertEquals(yield* timeout(1_000, async () => await helper(7)), 7);
      assertEquals(yield* timeout(1_000, () => helper(7)), 7);
      assertEquals(yield* use(null, () => helper(7)), 7);
    });
  });

  it("has that task as its current one", async () => {
    await play(function* () {
      const names: unknown[] = [];
      const look = async () => {
        names.push(currentTask()?.getName());
        await sleep(0);
        names.push(currentTask()?.getName());
      };
      const task = createTask(function* () {
        yield* fromPromise(look);
        yield* use({ [Symbol.asyncDispose]: look }, function* () {
          yield* sleep(0);
        });
        yield* forEach(
          (async function* () {
            await look();
            yield 1;
          })(),
          look,
        );
      }, { name: "worker" });
      yield* task;
      assertEquals(new Set(names), new Set(["worker"]), names.join());
    });
  });

  it("is cancelled with that task: an async generator hears it where it waits, and closes", async () => {
    for (const form of ["coroutine", "async function"]) {
      await play(async () => {
        const words: string[] = [];
        async function* waiting() {
          try {
            await sleep(100_000);
            yield 1;
          } catch (error) {
            words.push((error as Error).name);
            throw error;
          } finally {
            await sleep(1);
            words.push("closed");
          }
        }
        const task: Task<unknown> = form === "coroutine"
          ? createTask(function* () {
            yield* forEach(waiting(), function* () {
              yield* sleep(0);
            });
          })
          : createTask(async () => await forEach(waiting(), async () => await sleep(0)));
        await sleep(1);
        task.cancel();
        assertInstanceOf(await rejection(task), CancelledError);
        await sleep(5);
        assertEquals(words, ["CancelledError", "closed"], form);
      });
    }
  });

  it("is cancelled by a deadline around it: the function of fromPromise() hears it where it waits", async () => {
    await play(function* () {
      const words: string[] = [];
      const waiting = async () => {
        try {
          await sleep(100_000);
        } catch (error) {
          words.push((error as Error).name);
          throw error;
        }
      };
      try {
        yield* timeout(5, function* () {
          yield* fromPromise(waiting);
        });
      } catch (error) {
        assertInstanceOf(error, TimeoutError);
      }
      yield* sleep(1);
      assertEquals(words, ["CancelledError"]);
    });
  });
});

describe("Async code that belongs to no task", () => {
  it("joins the loop from a callback, and is a task of its own there", async () => {
    await play(async () => {
      const words: string[] = [];
      const joins = async (name: string) => {
        await sleep(1);
        words.push(name);
        await helper(null);
        words.push(`${name} again`);
      };
      const loop = getRunningLoop();
      loop.callSoon(() => void joins("soon"));
      loop.callLater(1, () => void joins("later"));
      const future = loop.createFuture<number>();
      future.addDoneCallback(() => void joins("done"));
      future.setResult(1);
      setTimeout(() => void joins("timer"), 0);
      queueMicrotask(() => void joins("microtask"));
      void Promise.resolve().then(() => joins("promise"));
      for (let i = 0; i < 20 && words.length < 12; i++) {
        await sleep(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assertEquals(words.length, 12, words.join());
      assertEquals(allTasks().size, 1);
    });
  });

  inBoth("joins the loop from a helper that nobody awaits at once", async () => {
    const promise = helper(7);
    await sleep(20);
    assertEquals(await promise, 7);
  });

  it("joins the loop from a helper that a coroutine calls without awaiting it", async () => {
    await play(function* () {
      const promise = helper(7);
      yield* sleep(20);
      assertEquals(yield* fromPromise(promise), 7);
    });
  });

  it("joins the loop by a promise that was made before it ran", async () => {
    const started = Promise.withResolvers<void>();
    const early = started.promise.then(() => helper(7));
    await play(function* () {
      started.resolve();
      assertEquals(yield* fromPromise(early), 7);
    });
  });

  it("may share an async generator between tasks", async () => {
    await play(async () => {
      async function* numbers() {
        for (let i = 0; i < 6; i++) {
          await sleep(1);
          yield i;
        }
      }
      const shared = numbers();
      const lock = new Lock();
      const worker = async () => {
        const got: number[] = [];
        for (let i = 0; i < 3; i++) {
          using _guard = await lock.acquire();
          const { value } = await shared.next();
          got.push(value as number);
        }
        return got;
      };
      const tasks = [createTask(worker), createTask(worker)];
      const all = (await gather(...tasks)).flat();
      assertEquals(all.sort(), [0, 1, 2, 3, 4, 5]);
    });
  });

  it("may go on with a shared async generator when the task that began it has ended", async () => {
    await play(async () => {
      const shared = lines();
      const first = createTask(async () => (await shared.next()).value as string);
      assertEquals(await first, "a");
      const second = createTask(async () => (await shared.next()).value as string);
      assertEquals(await second, "b");
      await shared.return(undefined);
    });
  });

  it("is cancelled when run() ends, and its cleanup waited for", async () => {
    const words: string[] = [];
    await play(async () => {
      getRunningLoop().callSoon(() =>
        void (async () => {
          try {
            await sleep(100_000);
          } catch (error) {
            words.push((error as Error).name);
          } finally {
            await sleep(5);
            words.push("cleaned up");
          }
        })()
      );
      await sleep(1);
    });
    assertEquals(words, ["CancelledError", "cleaned up"]);
  });

  it("is told which loops there are if there are several", async () => {
    const ready = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    let running = 0;
    const main = async () => {
      if (++running === 2) ready.resolve();
      await over.promise;
    };
    const runs = [run(main, { loopFactory: virtualEventLoop }), run(main, { loopFactory: virtualEventLoop })];
    await ready.promise;
    const error = await rejection(sleep(1));
    over.resolve();
    await Promise.all(runs);
    assertInstanceOf(error, RuntimeError);
    assertStringIncludes(error.message, "2 event loops run here");
    assertEquals(error.message.split("<EventLoop").length, 3, error.message);
  });

  it("is told that no loop runs if there is none", async () => {
    const error = await rejection(sleep(1));
    assertInstanceOf(error, RuntimeError);
    assertStringIncludes(error.message, "no event loop is running here");
  });

  it("of another loop stays with its own, though several run", async () => {
    const results = await Promise.all([1, 2, 3].map((n) =>
      run(async () => {
        const loop = getRunningLoop();
        const inner = fromPromise(async () => {
          await sleep(n);
          return getRunningLoop();
        });
        assertStrictEquals(await inner, loop);
        return loop.time();
      }, { loopFactory: virtualEventLoop })
    ));
    assertEquals(results, [1, 2, 3]);
  });

  it("reports its error as the host does, once", async () => {
    const [, reports] = await playAndListen(async () => {
      const own = new Error("own");
      const seen = await new Promise<unknown>((resolve) => {
        getRunningLoop().callSoon(() => {
          const failing = async () => {
            await sleep(1);
            throw own;
          };
          failing().catch(resolve);
        });
      });
      assertStrictEquals(seen, own);
    });
    assert(reports.length === 0, String(reports[0]?.message));
  });
});
