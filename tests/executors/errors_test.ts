import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BrokenWorkerError,
  CancelledError,
  createTask,
  ExceptionGroup,
  type LazyAwaitable,
  OSError,
  type RemoteFunction,
  RuntimeError,
  shield,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { given, letGoAtEnd, listen, sharedFlag, untilSet, withPool } from "./pools.ts";
import { fromThrown, toThrown } from "../../src/executors/thrown.ts";
import { eventually } from "../within.ts";

/** What an awaitable fails with. */
function* failure(awaitable: LazyAwaitable<unknown>): Generator<never, unknown, unknown> {
  try {
    yield* awaitable as unknown as Generator<never>;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

describe("An error in a worker", () => {
  it("comes out as it was: class, message, stack, cause and properties", async () => {
    await withPool(function* ({ work }) {
      const error = yield* failure(work.fail("type"));
      assertInstanceOf(error, TypeError);
      assertEquals([error.name, error.message], ["TypeError", "wrong type"]);
      assertMatch(error.stack as string, /fixtures\/work\.ts/);
      assertInstanceOf(error.cause, RangeError);
      assertEquals(error.cause.cause, "a text");

      const own = yield* failure(work.fail("own"));
      assertInstanceOf(own, Error);
      assertEquals([own.name, own.message], ["OwnError", "own"]);
      assertEquals((own as Error & { detail: unknown }).detail, { depth: 1 });

      const os = yield* failure(work.fail("os"));
      assertInstanceOf(os, OSError);
      assertEquals(os.code, "ENOTFOUND");

      const group = yield* failure(work.fail("group"));
      assertInstanceOf(group, AggregateError);
      assertEquals(group.errors.map(String), ["Error: one", "TypeError: two"]);

      assertEquals(yield* failure(work.fail("value")), { code: 5 });
      assertMatch(String(yield* failure(work.fail("function"))), /=>/);
      assertInstanceOf(yield* failure(work.fail("cancelled")), CancelledError);
      assertEquals(yield* work.doubled(1), 2);
    });
  });

  it("is never lost on the way, whatever it is", () => {
    const again = (error: unknown): unknown => fromThrown(toThrown(error));
    for (const value of [undefined, null, 5, "text", 5n]) assertStrictEquals(again(value), value);
    assertEquals(again(Symbol("s")), "Symbol(s)");
    assertInstanceOf(again(new ExceptionGroup("g", [new Error("one")])), ExceptionGroup);
    assertEquals((again(new DOMException("gone", "AbortError")) as Error).name, "AbortError");
    const circular = new Error("around");
    circular.cause = circular;
    assertInstanceOf((again(circular) as Error).cause, Error);
    const hostile = new Error();
    Object.defineProperty(hostile, "message", {
      get(): never {
        throw new Error("no message");
      },
    });
    assertInstanceOf(again(hostile), Error);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assertEquals([again(proxy), again(Object.assign(Object.create(null), { f() {} }))], ["<object>", "<object>"]);
  });

  it("loses no more than what it cannot tell", () => {
    const unreadable = Object.defineProperty(new RangeError("too far", { cause: "why" }), "body", {
      enumerable: true,
      get(): never {
        throw new TypeError("read already");
      },
    });
    Object.assign(unreadable, { status: 404 });
    const error = fromThrown(toThrown(unreadable)) as RangeError & { status: number; body: unknown };
    assertInstanceOf(error, RangeError);
    assertEquals([error.message, error.cause, error.status, error.body], ["too far", "why", 404, undefined]);
  });

  it("tells both errors of a block that failed and of what it was using", async () => {
    await withPool(function* ({ plain }) {
      const both = yield* failure(plain.failTwice());
      assertInstanceOf(both, SuppressedError);
      assertInstanceOf(both.error, RangeError);
      assertInstanceOf(both.suppressed, TypeError);
      assertEquals([both.error.message, both.suppressed.message], ["cannot be closed", "the body"]);
      assertEquals([both.suppressed.cause, Object.keys(both)], ["why", []]);
    });
  });

  it("or a result is told once, whatever a thenable does", async () => {
    await withPool(function* ({ plain }) {
      const first = yield* plain.toldTwice();
      assertEquals([first, yield* plain.same("next"), yield* plain.same("last")], ["once", "next", "last"]);
    });
  });

  it("fails one call when a worker exits in the middle of it, and another worker takes its place", async () => {
    await withPool(function* ({ plain, work }) {
      for (const call of [plain.exit(3), work.exitLater(4)]) {
        const error = yield* failure(call);
        assertInstanceOf(error, BrokenWorkerError);
        assertInstanceOf(error, RuntimeError);
        assertMatch(error.message, /asyncio_\d.*exit.*exited with code/);
        assert([3, 4].includes(error.code as number));
        assertEquals(yield* plain.add(1, 1), 2);
      }
    });
  });

  it("ends the worker if nobody catches it, and never this process", async () => {
    await withPool(function* ({ plain, work }) {
      for (const [call, message] of [[work.failAside(), "aside"], [work.rejectAside(), "nobody awaits"]] as const) {
        const error = yield* failure(call);
        assertInstanceOf(error, BrokenWorkerError);
        assertMatch(error.message, new RegExp(message));
        assertEquals((error.cause as Error).message, message);
      }
      assertEquals(yield* plain.add(1, 1), 2);
    });
  });

  it("is reported if it belongs to no call any more", async () => {
    await withPool(async ({ pool, plain }) => {
      const reports = listen();
      assertEquals(await plain.failAfter(), "done");
      await eventually(() => /workers=0/.test(String(pool)), "the end of the worker", () => String(pool));
      assertEquals(reports.map((report) => (report.exception as Error).message), ["left behind"]);
      assertEquals(await plain.add(1, 1), 2);
    });
  });

  it("says which export a module lacks, and that a module cannot be loaded", async () => {
    await withPool(function* ({ pool, plain }) {
      const wrong = pool.remoteModule<Record<string, () => void>>(new URL("./fixtures/plain.ts", import.meta.url));
      const missing = yield* failure((wrong.ad as RemoteFunction<[], void>)());
      assertInstanceOf(missing, TypeError);
      assertMatch(missing.message, /ad\(\) of .*plain\.ts: the module exports nothing of that name.*add/);
      const value = yield* failure((wrong.notAFunction as RemoteFunction<[], void>)());
      assertMatch((value as Error).message, /what it exports is the number 5/);

      for (const file of ["./fixtures/nowhere.ts", "./fixtures/throws.ts"]) {
        const { f } = pool.remoteModule<{ f(): void }>(new URL(file, import.meta.url));
        for (let again = 0; again < 2; again++) {
          const error = yield* failure(f());
          assertInstanceOf(error, RuntimeError);
          assertMatch(error.message, /Cannot load .*fixtures\/(nowhere|throws)\.ts in a worker/);
          assertInstanceOf(error.cause, Error);
        }
      }
      assertEquals(yield* plain.add(1, 1), 2);
    });
  });

  it("says which argument cannot be sent, and that a result cannot", async () => {
    await withPool(function* ({ plain }) {
      const argument = yield* failure(plain.same({ nested: () => 5 }));
      assertInstanceOf(argument, TypeError);
      assertMatch(argument.message, /argument 1, a value of type Object, of same\(\) to a worker/);
      const second = yield* failure(plain.count(1, Symbol("s")));
      assertMatch((second as Error).message, /argument 2, the symbol/);
      // What could not be sent has not changed what is called next.
      assertEquals(yield* plain.same("a"), "a");
      yield* failure(plain.count(() => 5));
      assertEquals(yield* plain.count("b"), 1);
      const result = yield* failure(plain.nothingToClone());
      assertInstanceOf(result, TypeError);
      assertMatch(result.message, /result of nothingToClone\(\) out of the worker/);
      assertEquals(yield* plain.add(1, 1), 2);
    });
  });

  it("that nobody awaits does not end the process, from submit() either", async () => {
    await withPool(async ({ pool, plain, work }) => {
      const future = pool.submit(work.fail, "type");
      await plain.add(1, 1);
      assert(future.done());
      await assertRejects(() => future as unknown as Promise<unknown>, TypeError, "wrong type");
    });
  });

  it("leaves a timeout that ended the wait as it is", async () => {
    await withPool(async ({ plain }) => {
      const flag = sharedFlag();
      using _end = letGoAtEnd(flag);
      const spin = plain.spin.with({ onCancel: "terminate" });
      await assertRejects(() => timeout(5, () => spin(flag)) as unknown as Promise<unknown>, TimeoutError);
      assertEquals(await plain.add(1, 1), 2);
    });
  });

  it("of a cancelled call is of no interest, and shield() keeps a call from being cancelled", async () => {
    await withPool(async ({ pool, plain }) => {
      const reports = listen();
      const flag = sharedFlag();
      const held = given(pool).plain.holdStarted(flag);
      const shielded = createTask(held);
      const task = createTask(async () => await shield(shielded));
      await untilSet(flag, 0);
      task.cancel();
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      Atomics.store(flag, 1, 1);
      Atomics.notify(flag, 1);
      assertEquals(await shielded, "let go");
      assertEquals(await plain.add(1, 1), 2);
      assertEquals(reports, []);
    });
  });
});
