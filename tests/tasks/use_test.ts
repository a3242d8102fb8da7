// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, coroutine, createTask, Lock, sleep, timeout, TimeoutError, use } from "../../mod.ts";
import { failure, play, playAndListen } from "../core/play.ts";

function asynchronous(log: string[], error?: Error): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      log.push("disposed");
      if (error) throw error;
    },
  };
}

describe("use()", () => {
  it("disposes of the resource after the body, and gives the body's result", async () => {
    const log: string[] = [];
    const resource = asynchronous(log);
    const result = await play(() =>
      use(resource, function* (given) {
        assertStrictEquals(given, resource);
        yield* sleep(1);
        log.push("body");
        return 5;
      })
    );
    assertEquals([result, log], [5, ["body", "disposed"]]);
  });

  it("takes an async function as its body, and is itself awaited in async functions", async () => {
    const log: string[] = [];
    const result = await play(async () =>
      await use(asynchronous(log), async () => {
        await sleep(1);
        log.push("body");
        return "result";
      })
    );
    assertEquals([result, log], ["result", ["body", "disposed"]]);
  });

  it("takes resources that are disposed of at once, and prefers to wait", async () => {
    const log: string[] = [];
    await play(function* () {
      yield* use({ [Symbol.dispose]: () => void log.push("at once") }, function* () {});
      const both = { [Symbol.dispose]: () => void log.push("at once"), ...asynchronous(log) };
      yield* use(both, function* () {});
      yield* use(null, function* (nothing) {
        log.push(String(nothing));
      });
    });
    assertEquals(log, ["at once", "disposed", "null"]);
  });

  it("takes a lazy awaitable or a coroutine that gives the resource", async () => {
    const log: string[] = [];
    const open = coroutine(function* () {
      yield* sleep(1);
      return asynchronous(log);
    });
    await play(function* () {
      const lock = new Lock();
      yield* use(lock.acquire(), function* () {
        assert(lock.locked());
      });
      assert(!lock.locked());
      yield* use(open(), function* () {});
      yield* use(
        function* () {
          return asynchronous(log);
        }(),
        function* () {},
      );
    });
    assertEquals(log, ["disposed", "disposed"]);
  });

  it("awaits a disposal that is a coroutine of this module", async () => {
    const log: string[] = [];
    await play(() =>
      use({
        [Symbol.asyncDispose]: coroutine(function* () {
          yield* sleep(5);
          log.push("disposed");
        }) as () => PromiseLike<void> as () => Promise<void>,
      }, function* () {})
    );
    assertEquals(log, ["disposed"]);
  });

  it("disposes of the resource when the body throws, or is cancelled, or runs out of time", async () => {
    const log: string[] = [];
    const error = new Error("body");
    const failed = await failure(() =>
      use(asynchronous(log), function* () {
        throw error;
      })
    );
    assertStrictEquals(failed, error);
    await play(function* () {
      const task = createTask(use(asynchronous(log), () => sleep(1_000)));
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      assert(task.cancelled());
    });
    assertInstanceOf(await failure(() => timeout(5, () => use(asynchronous(log), () => sleep(1_000)))), TimeoutError);
    assertEquals(log, ["disposed", "disposed", "disposed"]);
  });

  it("keeps both errors when the body and the disposal fail", async () => {
    const [body, disposal] = [new Error("body"), new Error("disposal")];
    const error = await failure(() =>
      use(asynchronous([], disposal), function* () {
        throw body;
      })
    );
    assertInstanceOf(error, SuppressedError);
    assertStrictEquals(error.suppressed, body);
    assertStrictEquals(error.error, disposal);
    assertStrictEquals(await failure(() => use(asynchronous([], disposal), function* () {})), disposal);
    const same = await failure(() =>
      use(asynchronous([], body), function* () {
        throw body;
      })
    );
    assertStrictEquals(same, body);
  });

  it("a cancel during the disposal stays a cancel, with the body's error as its cause", async () => {
    await play(function* () {
      const body = new Error("body");
      const task = createTask(use({ [Symbol.asyncDispose]: () => new Promise<void>(() => {}) }, function* () {
        throw body;
      }));
      yield* sleep(1);
      task.cancel("enough");
      yield* sleep(1);
      const error = assertThrows(() => task.result(), CancelledError);
      assertEquals(error.message, "enough");
      assertStrictEquals(error.cause, body);
    });
  });

  it("disposes of the resource when its coroutine is closed by hand, and reports if that fails", async () => {
    const log: string[] = [];
    const [, reports] = await playAndListen(function* () {
      const scope = use(asynchronous(log, new Error("disposal")), () => sleep(1_000)) as unknown as Generator;
      const task = createTask(scope as never);
      yield* sleep(1);
      scope.return(undefined);
      task.cancel();
      yield* sleep(1);
    });
    assertEquals(log, ["disposed"]);
    assertEquals(reports.map(({ exception }) => (exception as Error).message), ["disposal"]);
  });

  it("refuses what cannot be disposed of before the body runs, and a body that is no function", async () => {
    let ran = false;
    for (const resource of [{}, 5, Promise.resolve()]) {
      // @ts-expect-error: not a resource
      assertInstanceOf(await failure(() => use(resource, () => void (ran = true))), TypeError);
    }
    assertEquals(ran, false);
    // @ts-expect-error: not a function
    assertThrows(() => use(null, 1), TypeError);
  });
});
