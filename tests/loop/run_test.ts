// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertMatch, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  type EventLoop,
  type ExceptionContext,
  fromPromise,
  gather,
  getEventLoop,
  getRunningLoop,
  run,
  RuntimeError,
  sleep,
  type TaskSource,
} from "../../mod.ts";
import { hostTurn, rejection, virtualEventLoop } from "../core/play.ts";

describe("run()", () => {
  it("runs every kind of main and gives its result", async () => {
    function* generator() {
      yield* sleep(1);
      return "generator";
    }
    const lazy = coroutine(generator);
    assertEquals(await run(generator()), "generator");
    assertEquals(await run(generator), "generator");
    assertEquals(await run(() => generator()), "generator");
    assertEquals(await run(lazy()), "generator");
    assertEquals(await run(lazy), "generator");
    assertEquals(await run(async () => await sleep(1, "async")), "async");
    assertEquals(await run(sleep(1, "sleep")), "sleep");
    assertEquals(await run(fromPromise(Promise.resolve("promise"))), "promise");
  });

  it("rejects with what main throws, whatever it is", async () => {
    for (const thrown of [new Error("no"), "text", undefined, null, 0]) {
      assertStrictEquals(
        await rejection(run(function* () {
          throw thrown;
        })),
        thrown,
      );
    }
  });

  it("rejects with the CancelledError of a main that ends cancelled", async () => {
    const error = await rejection(run(function* () {
      currentTask()!.cancel("self");
      yield* sleep(1);
    }));
    assertInstanceOf(error, CancelledError);
    assertEquals(error.message, "self");
  });

  it("refuses what is no coroutine: TypeError, and what to write instead", async () => {
    using loop = virtualEventLoop();
    const refused: [unknown, RegExp][] = [
      [5, /the number 5: it needs a coroutine, a lazy awaitable, or a generator or async function/],
      [undefined, /undefined: it needs a coroutine/],
      [{}, /a value of type Object: it needs/],
      [Promise.resolve(), /a promise: it is running already and belongs to nobody.*fromPromise/],
      [loop.createFuture(), /<Future pending>: it needs a coroutine.*yield\*/],
      [loop.createTask(sleep(0)), /<Task pending.*: it needs a coroutine/],
      [() => 5, /the number 5/],
      [async function* () {}, /the function returned a value of type AsyncGenerator/],
    ];
    for (const [main, message] of refused) {
      const error = await rejection(run(main as never));
      assertInstanceOf(error, TypeError);
      assertMatch(error.message, message);
    }
  });

  it("refuses a main that returns a Task, a Future or a coroutine, and cancels that task", async () => {
    let cancelled = false;
    const makes = [
      () =>
        createTask(function* () {
          try {
            yield* sleep(60_000);
          } finally {
            cancelled = true;
          }
        }),
      () => getRunningLoop().createFuture<number>(),
      () => sleep(1),
      () => (function* () {})(),
    ];
    for (const make of makes) {
      const error = await rejection(run(function* () {
        const made = make();
        yield* sleep(0);
        return made as unknown;
      }));
      assertInstanceOf(error, TypeError);
      assertMatch(error.message, /Cannot give (a Task|an awaitable) out of the loop.*Await it inside/);
    }
    assert(cancelled);
  });

  it("inside a running loop is refused, in a coroutine, a callback and an async function", async () => {
    const refused: unknown[] = [];
    let begun = false;
    const inner = function* () {
      begun = true;
    };
    await run(function* () {
      refused.push(yield* fromPromise(rejection(run(inner))));
      getRunningLoop().callSoon(() => void rejection(run(inner)).then((error) => refused.push(error)));
      yield* createTask(async () => {
        await hostTurn();
        refused.push(await rejection(run(inner)));
      });
    });
    assertEquals(refused.length, 3);
    for (const error of refused) {
      assertInstanceOf(error, RuntimeError);
      assertMatch(error.message, /Cannot call run\(\) inside a running event loop/);
    }
    assertFalse(begun);
  });

  it("side by side with others keeps them apart", async () => {
    const variable = new ContextVar("variable", { default: 0 });
    const ended: number[] = [];
    const main = (n: number) =>
      function* () {
        variable.set(n);
        const loop = getRunningLoop();
        const task = createTask(async () => {
          await hostTurn();
          assertStrictEquals(getRunningLoop(), loop);
          assertEquals(variable.get(), n);
          return n;
        });
        for (let i = 0; i < 20; i++) {
          yield* sleep(0);
          assertStrictEquals(getRunningLoop(), loop);
          assertEquals(variable.get(), n);
          assert([...allTasks()].every((other) => other.getLoop() === loop));
        }
        ended.push(yield* task);
        return n;
      };
    assertEquals(await Promise.all([1, 2, 3].map((n) => run(main(n)))), [1, 2, 3]);
    assertEquals(ended.sort(), [1, 2, 3]);
    assertEquals(variable.get(), 0);
  });

  it("never sets the current loop", async () => {
    await run(sleep(0));
    assertInstanceOf(await rejection(Promise.resolve().then(getEventLoop)), RuntimeError);
  });

  it("cancels what is left, first made first, and waits until it has cleaned up", async () => {
    const words: string[] = [];
    let loop: EventLoop | undefined;
    await run(function* () {
      loop = getRunningLoop();
      for (const name of ["a", "b"]) {
        createTask(function* () {
          try {
            yield* sleep(60_000);
          } catch (error) {
            assertInstanceOf(error, CancelledError);
            words.push(`${name} cancelled`);
            yield* sleep(5);
            words.push(`${name} cleaned up`);
            throw error;
          }
        });
      }
      createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          await hostTurn();
          await sleep(1);
          words.push("async cleaned up");
        }
      });
      yield* sleep(0);
      yield* fromPromise(hostTurn());
      assertFalse(loop.isClosed());
    });
    assertEquals(words.slice(0, 2), ["a cancelled", "b cancelled"]);
    assertEquals(words.length, 5);
    assert(loop!.isClosed());
  });

  it("a task that was never started is cancelled without having run", async () => {
    let ran = false;
    await run(function* () {
      createTask(function* () {
        yield* sleep(0);
        yield* sleep(0);
        ran = true;
      });
    });
    assertFalse(ran);
  });

  it("a task that swallows the cancel of the end only delays it", async () => {
    const words: string[] = [];
    await run(function* () {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } catch {
          yield* sleep(5);
          words.push("went on");
        }
      });
      yield* sleep(0);
    });
    assertEquals(words, ["went on"]);
  });

  it("reports tasks that fail during the end, and exceptions that nobody read, each once", async () => {
    const reports: ExceptionContext[] = [];
    const loopFactory = () => {
      const loop = virtualEventLoop();
      loop.setExceptionHandler((_loop, context) => void reports.push(context));
      return loop;
    };
    const shutdown = new Error("during the end");
    const unread = new Error("unread");
    const failing: unknown[] = [];
    const result = await run(function* () {
      failing.push(createTask(function* () {
        try {
          yield* sleep(60_000);
        } catch {
          throw shutdown;
        }
      }));
      createTask(function* () {
        throw unread;
      });
      yield* sleep(0);
      return "result";
    }, { loopFactory });
    assertEquals(result, "result");
    const found = reports.map(({ message, exception }) => [message, exception]);
    assertEquals(found, [
      ["Unhandled exception during shutdown of run()", shutdown],
      ["Task exception was never retrieved", unread],
    ]);
    assertStrictEquals(reports[0]!.task, failing[0]);
  });

  it("is cancelled by its signal, with the reason's message", async () => {
    const controller = new AbortController();
    let cleaned = false;
    const running = run(function* () {
      try {
        yield* sleep(60_000);
      } finally {
        yield* sleep(1);
        cleaned = true;
      }
    }, { signal: controller.signal });
    await hostTurn();
    controller.abort(new Error("enough"));
    const error = await rejection(running);
    assertInstanceOf(error, CancelledError);
    assertEquals(error.message, "enough");
    assertStrictEquals(error.cause, controller.signal.reason);
    assert(cleaned);
  });

  it("with a signal that is aborted already runs nothing of main", async () => {
    let ran = false;
    const main = function* () {
      ran = true;
    };
    const signal = AbortSignal.abort("a reason that is no error");
    const error = await rejection(run(main, { signal }));
    assertInstanceOf(error, CancelledError);
    assertEquals(error.cause, signal.reason);
    assertFalse(ran);
  });

  it("keeps the reason of its signal as cause, whatever form main has and wherever it waits", async () => {
    const mains: readonly TaskSource<unknown>[] = [
      () => sleep(60_000),
      async () => await sleep(60_000),
      async () => await fromPromise((signal) => new Promise(() => signal.addEventListener("abort", () => {}))),
      function* () {
        yield* gather(sleep(60_000), sleep(60_000));
      },
      function* () {
        yield* createTask(sleep(60_000));
      },
    ];
    for (const main of mains) {
      const controller = new AbortController();
      const running = run(main, { signal: controller.signal });
      await hostTurn();
      controller.abort();
      const error = await rejection(running);
      assertInstanceOf(error, CancelledError);
      assertStrictEquals(error.cause, controller.signal.reason);
    }
  });

  it("gives a cancel no cause that is none of its signal's", async () => {
    const { signal } = new AbortController();
    const error = await rejection(run(function* () {
      currentTask()!.cancel("by itself");
      yield* sleep(1);
    }, { signal }));
    assertInstanceOf(error, CancelledError);
    assertEquals([error.message, error.cause], ["by itself", undefined]);
  });

  it("takes debug mode and a loop factory", async () => {
    const loop = virtualEventLoop();
    await run(function* () {
      assertStrictEquals(getRunningLoop(), loop);
      assert(loop.getDebug());
    }, { debug: true, loopFactory: () => loop });
    assert(loop.isClosed());
    assert(getRunningLoopIsGone());
    await run(function* () {
      assertFalse(getRunningLoop().getDebug());
    });
  });

  it("what escapes the loop rejects it, and the loop is closed all the same", async () => {
    const loop = virtualEventLoop();
    const error = new Error("factory");
    assertStrictEquals(
      await rejection(run(sleep(0), {
        loopFactory() {
          throw error;
        },
      })),
      error,
    );
    assertInstanceOf(await rejection(run(5 as never, { loopFactory: () => loop })), TypeError);
    assert(loop.isClosed());
  });

  it("a hundred thousand tasks end well", async () => {
    let sum = 0;
    await run(function* () {
      for (let i = 0; i < 100_000; i++) {
        createTask(function* () {
          yield* sleep(0);
          sum++;
        });
      }
      yield* sleep(0);
      yield* sleep(0);
    }, { loopFactory: virtualEventLoop });
    assertEquals(sum, 100_000);
  });
});

function getRunningLoopIsGone(): boolean {
  try {
    getRunningLoop();
  } catch {
    return true;
  }
  return false;
}
