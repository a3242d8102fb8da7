// deno-lint-ignore-file require-yield require-await
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  fromPromise,
  getRunningLoop,
  isCoroutine,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { failure, play, virtualLoop } from "./play.ts";

describe("coroutine()", () => {
  it("makes functions whose calls run nothing before they are awaited", async () => {
    await play(function* () {
      let ran = 0;
      const generator = coroutine(function* () {
        ran++;
      });
      const asynchronous = coroutine(async () => {
        ran++;
      });
      const calls = [generator(), asynchronous()];
      yield* sleep(1);
      assertEquals(ran, 0);
      for (const call of calls) yield* call;
      assertEquals(ran, 2);
    });
  });

  it("keeps parameters, this, name and length", async () => {
    class Account {
      balance = 5;
      add = coroutine(function* (this: Account, a: number, b: number = 1) {
        yield* sleep(0);
        return this.balance + a + b;
      });
      addAsync = coroutine(async function (this: Account, a: number, b: number = 1) {
        await sleep(0);
        return this.balance + a + b;
      });
    }
    await play(function* () {
      const account = new Account();
      assertEquals(yield* account.add(1), 7);
      assertEquals(yield* account.add(1, 2), 8);
      assertEquals(yield* account.addAsync(1, 2), 8);
      assertEquals(coroutine(function* named(_a: number, _b: string) {}).name, "named");
      assertEquals(coroutine(function* named(_a: number, _b: string) {}).length, 2);
    });
  });

  it("its calls run in the task that awaits them by yield*, with no iteration between", async () => {
    await play(function* () {
      let called = false;
      const who = coroutine(function* () {
        return currentTask();
      });
      getRunningLoop().callSoon(() => called = true);
      assertStrictEquals(yield* who(), currentTask());
      assertFalse(called);
    });
  });

  it("its calls run in the task of the async function that awaits them", async () => {
    const who = coroutine(function* () {
      return currentTask()!.getName();
    });
    await play(async () => {
      assertEquals(await who(), currentTask()!.getName());
    });
  });

  it("throws its errors into whoever awaits, in both worlds", async () => {
    const fails = coroutine(function* (): Coroutine<number> {
      yield* sleep(0);
      throw new Error("no");
    });
    await play(async () => {
      await assertRejects(async () => await fails(), Error, "no");
      await createTask(function* () {
        let caught: unknown;
        try {
          yield* fails();
        } catch (error) {
          caught = error;
        }
        assertEquals((caught as Error).message, "no");
      });
    });
  });

  it("refuses what is no function", () => {
    for (const value of [null, undefined, 5, {}, sleep(0)]) {
      assertThrows(() => coroutine(value as never), TypeError, "it must be a generator function");
    }
  });

  it("its calls are coroutines to isCoroutine(), and so are generators, but no promise, task or function", async () => {
    await play(function* () {
      const lazy = coroutine(function* () {});
      const task = createTask(lazy);
      assert(isCoroutine(lazy()));
      assert(isCoroutine(coroutine(async () => {})()));
      assert(isCoroutine(sleep(0)));
      assert(isCoroutine((function* () {})()));
      for (const other of [task, Promise.resolve(), lazy, null, undefined, 5, {}, [], (async function* () {})()]) {
        assertFalse(isCoroutine(other), String(other));
      }
      yield* task;
    });
  });

  const once: Record<string, () => Generator<never, unknown> | ReturnType<typeof sleep>> = {
    "a coroutine() call": coroutine(function* () {
      yield* sleep(0);
      return 5 as never;
    }) as never,
    "a coroutine() call of an async function": coroutine(async () => await sleep(0)),
    "sleep()": () => sleep(5),
    "sleep(0) with a result": () => sleep(0, 5) as never,
    "fromPromise()": () => fromPromise(Promise.resolve()) as never,
  };
  for (const [name, make] of Object.entries(once)) {
    it(`awaited twice is refused: ${name}`, async () => {
      for (const first of ["yield*", "task", "await"]) {
        for (const second of ["yield*", "task", "await"]) {
          const awaited = make() as ReturnType<typeof sleep>;
          const ways: Record<string, () => Coroutine<unknown>> = {
            "yield*": () => awaited as unknown as Coroutine<unknown>,
            *task() {
              yield* createTask(awaited);
            },
            *await() {
              yield* createTask(async () => await awaited);
            },
          };
          const error = await failure(function* () {
            yield* ways[first]!();
            yield* ways[second]!();
          });
          assert(error instanceof RuntimeError, `${first}, then ${second}: ${error}`);
          assertMatch(error.message, /Cannot await .* twice/);
        }
      }
    });
  }

  it("a loop or a spread over a lazy awaitable throws instead of going on for ever", async () => {
    await play(function* () {
      for (const make of [() => sleep(0), () => sleep(5), () => sleep(0, 1), () => fromPromise(Promise.resolve())]) {
        assertThrows(() => [...make()], RuntimeError, "Write yield* before the call");
        assertThrows(
          () => {
            for (const _ of make());
          },
          RuntimeError,
          "Write yield* before the call",
        );
        assertThrows(
          () => {
            for (const _ of make()) break;
          },
          RuntimeError,
          "Write yield* before the call",
        );
      }
      yield* sleep(0);
    });
  });

  it("what was taken apart and not awaited wakes no task once it is there", async () => {
    await play(function* () {
      for (const make of [() => fromPromise(Promise.resolve(1)), coroutine(async () => await Promise.resolve(1))]) {
        assertThrows(
          () => {
            const [_first] = make();
          },
          RuntimeError,
          "nor take it apart",
        );
        assertThrows(() => [...make()], RuntimeError);
        const seen = [];
        seen.push(yield* fromPromise(new Promise((resolve) => setTimeout(resolve, 1, "awaited"))));
        assertEquals(seen, ["awaited"]);
      }
    });
  });
});

describe("Misuse", () => {
  it("a bare yield of anything is thrown back at the next step", async () => {
    for (const value of [5, "text", undefined, null, {}, Promise.resolve(), (function* () {})(), sleep(0)]) {
      const error = await failure(function* (): Coroutine<void> {
        yield value as never;
      });
      assert(error instanceof RuntimeError, String(error));
      assertMatch(error.message, /which is nothing to wait for\. Await one thing with yield\* \(a star\)/);
    }
  });

  it("a bare yield of what throws at every question is thrown back as well, and ends the task", async () => {
    const shy = () => {
      throw new Error("no questions");
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [new Proxy({}, { get: shy, has: shy, getPrototypeOf: shy }), proxy]) {
      const error = await failure(function* (): Coroutine<void> {
        yield value as never;
      });
      assert(error instanceof RuntimeError);
      assertMatch(error.message, /yielded a value that cannot be described, which is nothing to wait for/);
    }
  });

  it("a yield of a promise without a star tells of fromPromise()", async () => {
    const error = await failure(function* (): Coroutine<void> {
      yield Promise.resolve(5) as never;
    });
    assertMatch((error as Error).message, /wrap a promise in fromPromise\(\)/);
  });

  it("a yield of a future without a star is thrown back, and the coroutine can go on", async () => {
    await play(function* (): Coroutine<void> {
      const future = getRunningLoop().createFuture<number>();
      let thrown: unknown;
      try {
        yield future as never;
      } catch (error) {
        thrown = error;
      }
      assert(thrown instanceof RuntimeError);
      getRunningLoop().callSoon(() => future.setResult(5));
      assertEquals(yield* future, 5);
    });
  });

  it("a task that awaits itself is told so", async () => {
    const error = await failure(function* (): Coroutine<void> {
      yield* currentTask()!;
    });
    assert(error instanceof RuntimeError);
    assertMatch(error.message, /^<Task .*> cannot await itself/);
  });

  it("a future or task of another loop is refused in the task", async () => {
    using other = virtualLoop();
    for (const foreign of [other.createFuture<number>(), other.createTask(sleep(0))]) {
      const error = await failure(function* (): Coroutine<void> {
        yield* foreign;
      });
      assert(error instanceof RuntimeError);
      assertMatch(error.message, /cannot await <(Future|Task) pending.*it belongs to another loop/);
    }
  });

  it("yield* of what cannot be iterated is the language's own TypeError", async () => {
    assert(
      await failure(function* (): Coroutine<void> {
        yield* Promise.resolve() as unknown as Coroutine<void>;
      }) instanceof TypeError,
    );
  });
});
