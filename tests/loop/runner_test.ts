// deno-lint-ignore-file require-yield require-await
import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  ContextVar,
  createTask,
  type EventLoop,
  getRunningLoop,
  Runner,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { rejection, virtualEventLoop } from "../core/play.ts";

describe("Runner", () => {
  it("makes its loop at the first use, one for all runs", async () => {
    const made: EventLoop[] = [];
    const runner = new Runner({
      loopFactory() {
        made.push(virtualEventLoop());
        return made.at(-1)!;
      },
    });
    assertEquals(made.length, 0);
    assertEquals(await runner.run(sleep(1, "first")), "first");
    assertEquals(await runner.run(async () => await sleep(1, "second")), "second");
    assertStrictEquals(runner.getLoop(), made[0]);
    assertEquals(made.length, 1);
    await runner.close();
    assert(made[0]!.isClosed());
  });

  it("shares one context among its runs, unless one is given", async () => {
    const variable = new ContextVar("variable", { default: 0 });
    using _token = variable.set(1);
    await using runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(function* () {
      assertEquals(variable.get(), 1);
      variable.set(2);
    });
    assertEquals(variable.get(), 1);
    assertEquals(await runner.run(async () => variable.get()), 2);
    const context = new Context();
    await runner.run(function* () {
      assertEquals(variable.get(), 0);
      variable.set(3);
    }, { context });
    assertEquals(context.get(variable), 3);
    assertEquals(await runner.run(async () => variable.get()), 2);
  });

  it("keeps tasks between its runs, and cancels them when it is closed", async () => {
    const words: string[] = [];
    const runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(function* () {
      createTask(function* () {
        try {
          yield* sleep(5);
          words.push("between");
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          words.push("cleaned up");
        }
      });
      yield* sleep(1);
    });
    assertEquals(words, []);
    await runner.run(sleep(10));
    assertEquals(words, ["between"]);
    await runner.close();
    assertEquals(words, ["between", "cleaned up"]);
  });

  it("goes on after a main that failed", async () => {
    await using runner = new Runner({ loopFactory: virtualEventLoop });
    const error = new Error("no");
    assertStrictEquals(
      await rejection(runner.run(function* () {
        throw error;
      })),
      error,
    );
    assertEquals(await runner.run(sleep(1, "next")), "next");
  });

  it("close() changes nothing for one that was never used, and a second time", async () => {
    const runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.close();
    assertEquals(await runner.run(sleep(0, "used")), "used");
    await runner.close();
    await runner.close();
  });

  it("closed refuses to be used", async () => {
    const runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(sleep(0));
    await runner.close();
    assertThrows(() => runner.getLoop(), RuntimeError, "a Runner that is closed");
    const error = await rejection(runner.run(sleep(0)));
    assertInstanceOf(error, RuntimeError);
    assertMatch(error.message, /a Runner that is closed/);
  });

  it("running refuses a second run and to be closed, and makes nothing of the second", async () => {
    const runner = new Runner({ loopFactory: virtualEventLoop });
    const running = runner.run(sleep(5, "first"));
    let begun = false;
    const second = await rejection(runner.run(function* () {
      begun = true;
    }));
    assertInstanceOf(second, RuntimeError);
    assertMatch(second.message, /it is running already/);
    const closing = await rejection(runner.close());
    assertInstanceOf(closing, RuntimeError);
    assertMatch(closing.message, /Cannot close a Runner while run\(\) is going on/);
    assertEquals(await running, "first");
    assertFalse(begun);
    assertEquals(await runner.run(sleep(1, "next")), "next");
    await runner.close();
  });

  it("is refused inside a running loop", async () => {
    await using outer = new Runner({ loopFactory: virtualEventLoop });
    const inner = new Runner({ loopFactory: virtualEventLoop });
    await outer.run(async () => {
      const error = await rejection(inner.run(sleep(0)));
      assertInstanceOf(error, RuntimeError);
      assertMatch(error.message, /Cannot call Runner\.run\(\) inside a running event loop/);
    });
  });

  it("is closed by await using", async () => {
    let loop: EventLoop;
    {
      await using runner = new Runner({ loopFactory: virtualEventLoop });
      loop = runner.getLoop();
      assertFalse(loop.isClosed());
    }
    assert(loop.isClosed());
  });

  it("makes a second end of the loop possible: what close() waits for sees the loop run", async () => {
    let running = false;
    await using runner = new Runner({ loopFactory: virtualEventLoop });
    await runner.run(function* () {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          running = getRunningLoop().isRunning();
        }
      });
      yield* sleep(0);
    });
    await runner.close();
    assert(running);
  });
});
