/** Tasks, futures and lazy awaitables can be given to code that expects promises; functions to what makes tasks. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Awaitable,
  CancelledError,
  coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  KeyboardInterrupt,
  type LazyAwaitable,
  Lock,
  sleep,
  type Task,
  taskGroup,
  timeout,
  use,
} from "../../mod.ts";
import { play, rejection } from "../core/play.ts";

/** What other people's functions take. */
async function foreign<T>(promise: Promise<T>): Promise<T> {
  let ended = false;
  const value = await promise.catch((error) => Promise.reject(error)).finally(() => void (ended = true));
  assert(ended);
  return value;
}

describe("A promise is expected, and given is", () => {
  it("a task", async () => {
    await play(async () => {
      const task: Task<number> = createTask(async () => await sleep(1, 7));
      assertEquals(await foreign(task), 7);
      assertEquals(await task.finally(() => {}), 7);
    });
  });

  it("a future", async () => {
    await play(async () => {
      const future: Future<number> = getRunningLoop().createFuture<number>();
      getRunningLoop().callLater(1, () => future.setResult(7));
      assertEquals(await foreign(future), 7);
    });
  });

  it("a lazy awaitable of each kind", async () => {
    await play(async () => {
      const lazies: LazyAwaitable<number>[] = [
        sleep(1, 7),
        sleep(0, 7),
        coroutine(async () => await sleep(1, 7))(),
        coroutine(function* () {
          return yield* sleep(1, 7);
        })(),
        timeout(10, async () => await sleep(1, 7)),
        taskGroup(async () => await sleep(1, 7)),
        use(null, async () => await sleep(1, 7)),
        gather(sleep(1, 7), sleep(2, 7)).then(([first]) => first) as unknown as LazyAwaitable<number>,
      ];
      for (const lazy of lazies) assertEquals(await foreign(lazy), 7);
      assertInstanceOf(await foreign(new Lock().acquire()), Object);
    });
  });

  it("and fails: catch() has the error, finally() passes it on", async () => {
    await play(async () => {
      const own = new Error("own");
      const failing = coroutine(async () => {
        await sleep(1);
        throw own;
      });
      assertEquals(await failing().catch((error) => [error]), [own]);
      assertEquals(await createTask(failing).catch((error) => [error]), [own]);
      assertStrictEquals(await rejection(failing().finally(() => {})), own);
      assertStrictEquals(await rejection(createTask(failing).finally(() => {})), own);
      const future = getRunningLoop().createFuture<number>();
      future.setException(own);
      assertEquals(await future.catch((error) => [error]), [own]);
    });
  });

  it("and is cancelled: catch() has the CancelledError", async () => {
    await play(async () => {
      const task = createTask(async () => await sleep(100));
      await sleep(1);
      task.cancel("why");
      const error = await task.catch((error) => error);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "why");
    });
  });

  it("by type as well", () => {
    const takes = (_promise: Promise<number>): void => {};
    const _checked = (
      task: Task<number>,
      future: Future<number>,
      lazy: LazyAwaitable<number>,
      any: Awaitable<number>,
    ) => {
      takes(task);
      takes(future);
      takes(lazy);
      void any;
    };
    assertInstanceOf(_checked, Function);
  });
});

describe("gather()", () => {
  it("takes functions, as createTask() does", async () => {
    await play(async () => {
      const results = await gather(
        async () => await sleep(1, "async"),
        function* () {
          return yield* sleep(1, "generator");
        },
        sleep(1, "lazy"),
        createTask(async () => await sleep(1, "task")),
      );
      assertEquals(results, ["async", "generator", "lazy", "task"]);
      assertEquals(await gather([async () => await sleep(1, 1)], { returnExceptions: true }), [1]);
    });
  });
});

describe("An async function as a callback", () => {
  it("is refused alike by callSoon(), callLater(), callAt() and addDoneCallback()", async () => {
    await play(async () => {
      const loop = getRunningLoop();
      const callback = async () => await sleep(1);
      assertThrows(() => loop.callSoon(callback), TypeError);
      assertThrows(() => loop.callLater(1, callback), TypeError);
      assertThrows(() => loop.callAt(1, callback), TypeError);
      assertThrows(() => loop.callSoonThreadsafe(callback), TypeError);
      assertThrows(() => loop.createFuture<number>().addDoneCallback(callback), TypeError);
      await null;
    });
  });
});

describe("A KeyboardInterrupt that the body of a scope throws", () => {
  it("reaches the caller's catch, in either form", async () => {
    const fails = () => {
      throw new KeyboardInterrupt();
    };
    const inAsync = await play(async () => {
      try {
        await timeout(10, async () => {
          await sleep(0);
          fails();
        });
      } catch (error) {
        return [error];
      }
    });
    const inCoroutine = await play(function* () {
      try {
        yield* timeout(10, function* () {
          yield* sleep(0);
          fails();
        });
      } catch (error) {
        return [error];
      }
    });
    assertInstanceOf(inCoroutine?.[0], KeyboardInterrupt);
    assertInstanceOf(inAsync?.[0], KeyboardInterrupt);
  });
});
