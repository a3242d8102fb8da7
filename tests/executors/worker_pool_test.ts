import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  EventLoop,
  fromPromise,
  gather,
  NotSupportedError,
  type RemoteFunction,
  run,
  RuntimeError,
  sleep,
  use,
  WorkerPool,
} from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { given, letGo, letGoAtEnd, plainUrl, sharedFlag, untilSet, withPool } from "./pools.ts";
import { eventually } from "../within.ts";

describe("WorkerPool", () => {
  it("calls functions of every kind in a thread, and gives what they come to", async () => {
    await withPool(function* ({ plain, work }) {
      assertEquals(yield* plain.add(1, 2), 3);
      assertEquals(yield* work.slowly("async"), "async");
      assertEquals(yield* work.doubled(4), 8);
      assertEquals(yield* work.lazily(4), 5);
      assertEquals(yield* plain.promised(5), 5);
      assertEquals((yield* plain.thread()).main, false);
    });
  });

  it("is awaited in an async function as well, and by submit() outside of any loop", async () => {
    await withPool(async ({ plain, work }) => {
      assertEquals(await plain.add(1, 2), 3);
      assertEquals(await Promise.all([plain.add(3, 4), work.doubled(5)]), [7, 10]);
    });
    await using pool = new WorkerPool({ maxWorkers: 1 });
    const { add } = given(pool).plain;
    const future = pool.submit(add, 5, 6);
    assertFalse(future.done());
    assertEquals(await future, 11);
    assert(future.done());
  });

  it("copies arguments and results of every kind that can be copied, arrays and undefined too", async () => {
    await withPool(function* ({ plain }) {
      for (const value of [undefined, null, 0, "", [], [1, [2]], { a: [1] }, new Map([[1, 2]]), 5n, [undefined]]) {
        for (let again = 0; again < 2; again++) assertEquals(yield* plain.same(value), value);
      }
      assertEquals(yield* plain.count(), 0);
      assertEquals(yield* plain.count(undefined, undefined), 2);
      assertEquals(yield* plain.count([1, 2]), 1);
      assertEquals(yield* plain.count([1, 2]), 1);
    });
  });

  it("starts no more workers than are needed, and uses them again", async () => {
    await withPool(function* ({ pool, plain }) {
      assertMatch(String(pool), /workers=0\/2/);
      const first = yield* plain.thread();
      assertEquals(yield* plain.thread(), first);
      assertMatch(String(pool), /workers=1\/2 calls=0/);
      const flag = sharedFlag();
      const held = createTask(plain.holdUntil(flag));
      yield* sleep(0);
      const second = yield* plain.thread();
      assertNotEquals(second.id, first.id);
      letGo(flag);
      assertEquals(yield* held, "let go");
      assertMatch(String(pool), /workers=2\/2 calls=0/);
    }, { maxWorkers: 2 });
  });

  it("makes calls that wait in the order that they came", async () => {
    await withPool(function* ({ plain }) {
      const done: number[] = [];
      const one = function* (value: number) {
        done.push(yield* plain.add(value, 0));
      };
      yield* gather(one(1), one(2), one(3), one(4));
      assertEquals(done, [1, 2, 3, 4]);
    });
  });

  it("leaves a call out that was cancelled before it began", async () => {
    await withPool(async ({ pool, plain }) => {
      const flag = sharedFlag();
      const untouched = sharedFlag();
      const held = pool.submit(plain.holdUntil, flag);
      const waiting = pool.submit(plain.holdStarted, untouched);
      assert(waiting.cancel("no more"));
      await assertRejects(() => waiting as unknown as Promise<unknown>, CancelledError, "no more");
      letGo(flag);
      assertEquals(await held, "let go");
      assertEquals(await plain.add(1, 1), 2);
      assertEquals(Atomics.load(untouched, 0), 0);
    });
  });

  it("cancels a coroutine where it runs, and lets a plain function finish", async () => {
    await withPool(async ({ pool, plain, work }) => {
      const flag = sharedFlag();
      const task = createTask(work.cancellable(flag));
      await untilSet(flag, 0);
      task.cancel();
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      assertEquals(await untilSet(flag, 1), 1);

      const holding = sharedFlag();
      const { id } = await plain.thread();
      const held = createTask(plain.holdStarted(holding));
      await untilSet(holding, 0);
      held.cancel();
      await assertRejects(() => held as unknown as Promise<unknown>, CancelledError);
      letGo(holding);
      await eventually(() => String(pool).includes("calls=0"), "the end of the function", () => String(pool));
      assertEquals((await plain.thread()).id, id);
    });
  });

  it("ends the worker of a cancelled call, if the caller chose that, and another takes its place", async () => {
    await withPool(async ({ pool, plain }) => {
      const { id } = await plain.thread();
      const flag = sharedFlag();
      using _end = letGoAtEnd(flag);
      const task = createTask(plain.spin.with({ onCancel: "terminate" })(flag));
      await untilSet(flag, 0);
      task.cancel();
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      assertNotEquals((await plain.thread()).id, id);
      assertMatch(String(pool), /workers=1\/1 calls=0/);
    });
  });

  it("cancels a call also while its module is loaded", async () => {
    await withPool(async ({ pool, plain, work }) => {
      const flag = sharedFlag();
      const future = pool.submit(work.cancellable, flag);
      // The worker has the call by then, at the latest when it has made another.
      await eventually(() => /workers=1/.test(String(pool)), "/workers=1/.test(String(pool))");
      future.cancel();
      assertEquals(await plain.add(1, 1), 2);
      assert([0, 1].includes(Atomics.load(flag, 1)));
    });
  });

  it("drops what a call leaves behind on its loop", async () => {
    await withPool(function* ({ work }) {
      assertEquals(yield* work.leftBehind(), "left");
      assertEquals(yield* work.leftBehind(), "left");
    });
  });

  it("refuses what is no function of a module, and says what to write", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    const closure = ((a: number) => a) as unknown as RemoteFunction<[number], number>;
    Object.defineProperty(closure, "name", { value: "closure" });
    const error = assertThrows(() => pool.submit(closure, 1), TypeError);
    assertMatch(error.message, /const \{ closure \} = remoteModule<typeof import\("\.\/module\.ts"\)>\(new URL\(/);
    assertThrows(() => pool.map(closure, [1]), TypeError, "closure");
    assertThrows(() => pool.submit(5 as unknown as RemoteFunction), TypeError, "a function of a module");
    assertThrows(() => pool.remoteModule("./fixtures/work.ts"), TypeError, "import.meta.url");
    assertThrows(() => pool.remoteModule(undefined as unknown as string), TypeError, "undefined");
  });

  it("refuses options that make no sense", () => {
    for (const maxWorkers of [0, -1, 1.5, NaN, Infinity]) {
      assertThrows(() => new WorkerPool({ maxWorkers }), RangeError, "maxWorkers");
    }
    assertThrows(() => new WorkerPool({ maxWorkers: "2" as unknown as number }), TypeError, "maxWorkers");
    const { add } = new WorkerPool().remoteModule<{ add(): void }>(plainUrl);
    assertThrows(() => add.with({ onCancel: "kill" as "finish" }), RangeError, "onCancel");
    assert(new WorkerPool().maxWorkers >= 1);
  });

  it("is used up after shutdown(), which may be called again", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    const { add } = given(pool).plain;
    const last = pool.submit(add, 1, 1);
    const closing = pool.shutdown();
    assertThrows(() => pool.submit(add, 1, 2), RuntimeError, "shut down");
    await assertRejects(() => run(() => add(1, 2)), RuntimeError, "shut down");
    assertThrows(() => pool.map(add as unknown as RemoteFunction<[number]>, [1]), RuntimeError, "shut down");
    assertEquals(await last, 2);
    await closing;
    await pool.shutdown();
    assertEquals(String(pool), "<WorkerPool workers=0/1 calls=0 closed>");
    await new WorkerPool().shutdown();
  });

  it("cancels what waits at shutdown({ cancelFutures }), and what runs at shutdown({ terminate })", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    const { plain } = given(pool);
    const flag = sharedFlag();
    using _end = letGoAtEnd(flag);
    const running = pool.submit(plain.spin, flag);
    const waiting = pool.submit(plain.add, 1, 1);
    await untilSet(flag, 0);
    const patient = pool.shutdown({ cancelFutures: true });
    await assertRejects(() => waiting as unknown as Promise<unknown>, CancelledError);
    assertFalse(running.done());
    await pool.shutdown({ terminate: true });
    await assertRejects(() => running as unknown as Promise<unknown>, CancelledError);
    await patient;
  });

  it("waits at the end of its block for the calls that run", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    const { work } = given(pool);
    const future = await run(() =>
      use(pool, function* () {
        const future = pool.submit(work.slowly, "in time");
        yield* sleep(0);
        return () => future;
      })
    );
    assert(future().done());
    assertEquals(await future(), "in time");
  });

  it("says that an adapter has no threads, at each call", async () => {
    const pool = new WorkerPool({ adapter: new VirtualAdapter() });
    const { add } = given(pool).plain;
    for (let again = 0; again < 2; again++) {
      const error = await assertRejects(() => pool.submit(add, 1, 1) as unknown as Promise<unknown>, NotSupportedError);
      assertMatch(error.message, /new WorkerPool\(\{ adapter \}\)/);
    }
    await pool.shutdown();
  });

  it("serves several loops at once", async () => {
    await using pool = new WorkerPool({ maxWorkers: 2 });
    const { plain } = given(pool);
    const sums = await Promise.all([1, 2, 3].map((value) => run(() => plain.add(value, value))));
    assertEquals(sums, [2, 4, 6]);
  });

  it("drops the result of a call whose loop was closed meanwhile", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    const { plain } = given(pool);
    const flag = sharedFlag();
    const loop = new EventLoop();
    await loop.runUntilComplete(function* () {
      loop.runInExecutor(pool, plain.holdStarted, flag);
      yield* fromPromise(untilSet(flag, 0));
    });
    loop.close();
    letGo(flag);
    assertEquals(await pool.submit(plain.add, 2, 2), 4);
  });
});
