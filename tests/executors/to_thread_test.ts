import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  ConcurrentFuture,
  ContextVar,
  createTask,
  EventLoop,
  type Executor,
  fromPromise,
  gather,
  getRunningLoop,
  type RemoteFunction,
  remoteModule,
  run,
  RuntimeError,
  sleep,
  toThread,
  WorkerPool,
} from "../../mod.ts";
import { letGo, plain, plainUrl, sharedFlag, untilSet, work } from "./pools.ts";
import { within } from "../within.ts";

/** The loop, as a program has it. */
function thisLoop(): EventLoop {
  return getRunningLoop() as EventLoop;
}

/** Makes calls at once, in this thread, and remembers them. */
class Inline implements Executor {
  readonly calls: string[] = [];
  closed = false;

  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T> {
    this.calls.push(fn.name);
    return new ConcurrentFuture((resolve, reject) => {
      const loaded = import(fn.module) as Promise<Record<string, (...args: A) => T>>;
      loaded.then((module) => resolve(module[fn.name]!(...args))).catch(reject);
    });
  }

  map(): never {
    throw new Error("Nobody asks for it.");
  }

  shutdown(): ConcurrentFuture<void> {
    this.closed = true;
    return new ConcurrentFuture((resolve) => resolve());
  }
}

describe("toThread()", () => {
  it("calls a function in a thread of the default executor, which run() shuts down at its end", async () => {
    let loop: EventLoop | undefined;
    await run(function* () {
      assertEquals(yield* gather(toThread(plain.add, 1, 2), toThread(work.doubled, 4)), [3, 8]);
      assertEquals(yield* toThread(work.slowly, "s"), "s");
      assertEquals(yield* plain.add(5, 6), 11);
      loop = thisLoop();
      assertMatch(String(loop.defaultExecutor), /calls=0>/);
    });
    assertEquals(String(loop?.defaultExecutor), `<WorkerPool workers=0/${new WorkerPool().maxWorkers} calls=0 closed>`);
  });

  it("runs nothing before it is awaited, and needs a loop then", async () => {
    const lazy = toThread(plain.add, 1, 2);
    const refused = assertRejects(() => lazy as unknown as Promise<unknown>, RuntimeError, "no event loop");
    await within(refused, "the call to be refused");
    const ended = run(async () => {
      toThread(plain.spin, sharedFlag());
      await sleep(0);
      assertEquals(thisLoop().defaultExecutor, null);
    });
    await within(ended, "the end of a program that awaits no call");
  });

  it("refuses a closure, a method, and what is no function, when it is awaited", async () => {
    const refused = async (fn: unknown): Promise<string> =>
      (await assertRejects(() => run(() => toThread(fn as RemoteFunction)), TypeError)).message;
    assertMatch(await refused(() => 5), /an anonymous function in toThread\(\).*const \{ work \}/);
    assertMatch(await refused(Math.max), /const \{ max \}/);
    assertMatch(await refused("add"), /"add"/);
    assertMatch(await refused(null), /null/);
  });

  it("carries the context to what the function calls back, and runInExecutor() does not", async () => {
    const user = new ContextVar("user", { default: "nobody" });
    await run(async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.expose({ who: () => user.get() });
      thisLoop().setDefaultExecutor(pool);
      user.set("ada");
      assertEquals(await toThread(work.ask, "who"), "ada");
      assertEquals(await work.ask("who"), "ada");
      assertEquals(await thisLoop().runInExecutor(null, work.ask, "who"), "nobody");
      assertEquals(await toThread(work.userHere), "nobody");
    });
  });

  it("is called by the name of its function, wherever it is said what is waited for", async () => {
    const flag = sharedFlag();
    await run(function* () {
      const task = createTask(toThread(plain.holdStarted, flag));
      yield* fromPromise(untilSet(flag, 0));
      assertMatch(String(task), /wait_for=<call of holdStarted\(\) in a thread>/);
      letGo(flag);
      assertEquals(yield* task, "let go");
      const future = getRunningLoop().runInExecutor(null, plain.add, 1, 2);
      assertEquals(String(future), "<call of add() in a thread>");
      yield* future;
      assertEquals(String(future), "<call of add() in a thread finished result=3>");
    });
  });

  it("ends the wait when it is cancelled, while the function runs on", async () => {
    await run(async () => {
      const flag = sharedFlag();
      const task = createTask(toThread(plain.holdStarted, flag));
      await untilSet(flag, 0);
      task.cancel();
      await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
      letGo(flag);
    });
  });

  it("names modules by remoteModule(), which returns the same function each time", () => {
    const module = remoteModule<typeof import("./fixtures/plain.ts")>(plainUrl);
    assertStrictEquals(module.add, module.add);
    assertEquals([module.add.name, module.add.module], ["add", plainUrl.href]);
    assertEquals(module.add.with({ onCancel: "terminate" }).options, { onCancel: "terminate" });
    assertEquals(`${module}`, `<RemoteModule ${plainUrl.href}>`);
    assertThrows(() => module.add.with(null as unknown as object), TypeError, "null");
    assertThrows(() => remoteModule("hash.ts"), TypeError, "import.meta.url");
  });
});

describe("EventLoop.runInExecutor()", () => {
  it("gives a future at once, of the default executor or another", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    await run(function* () {
      const future = thisLoop().runInExecutor(pool, plain.add, 1, 2);
      assert(!future.done());
      assertEquals(yield* future, 3);
      assertEquals(yield* thisLoop().runInExecutor(null, plain.add, 3, 4), 7);
    });
  });

  it("refuses what is no executor and a closed loop at the call, and what is no function of a module when awaited", async () => {
    const loop = new EventLoop();
    assertThrows(() => loop.runInExecutor({} as Executor, plain.add, 1, 2), TypeError, "not an Executor");
    assertThrows(() => loop.runInExecutor(undefined as unknown as null, plain.add, 1, 2), TypeError, "undefined");
    const closure = (() => 5) as unknown as RemoteFunction;
    await assertRejects(() => loop.runUntilComplete(loop.runInExecutor(null, closure)), TypeError, "travel");
    assertThrows(() => loop.setDefaultExecutor(null as unknown as Executor), TypeError, "null");
    loop.close();
    assertThrows(() => loop.runInExecutor(null, plain.add, 1, 2), RuntimeError, "closed");
  });

  it("uses the default executor that was set, whatever it is made of", async () => {
    const inline = new Inline();
    await run(async () => {
      thisLoop().setDefaultExecutor(inline);
      assertEquals(await toThread(plain.add, 1, 2), 3);
      assertEquals(await thisLoop().runInExecutor(null, plain.add, 3, 4), 7);
      await assertRejects(() => toThread(work.fail, "type") as unknown as Promise<unknown>, TypeError, "wrong type");
    });
    assertEquals(inline.calls, ["add", "add", "fail"]);
    assert(inline.closed);
  });
});

describe("EventLoop.shutdownDefaultExecutor()", () => {
  it("waits for the calls that run, after which the default executor cannot be used", async () => {
    using loop = new EventLoop();
    await loop.runUntilComplete(function* () {
      const last = loop.runInExecutor(null, plain.add, 1, 2);
      yield* loop.shutdownDefaultExecutor();
      assertEquals(yield* last, 3);
      assertThrows(() => loop.runInExecutor(null, plain.add, 1, 2), RuntimeError, "was shut down");
      yield* loop.shutdownDefaultExecutor();
    });
  });

  it("closes the way also if there was no executor yet", async () => {
    using loop = new EventLoop();
    await loop.runUntilComplete(loop.shutdownDefaultExecutor());
    assertThrows(() => loop.runInExecutor(null, plain.add, 1, 2), RuntimeError, "was shut down");
  });

  it("waits no longer than it was told, and says so", async () => {
    const warn = console.warn;
    const warnings: string[] = [];
    console.warn = (text: string) => void warnings.push(text);
    const flag = sharedFlag();
    const pool = new WorkerPool({ maxWorkers: 1 });
    try {
      using loop = new EventLoop();
      loop.setDefaultExecutor(pool);
      await loop.runUntilComplete(function* () {
        loop.runInExecutor(null, plain.holdStarted, flag);
        yield* fromPromise(untilSet(flag, 0));
        yield* loop.shutdownDefaultExecutor(1);
      });
    } finally {
      console.warn = warn;
    }
    assertMatch(warnings.join(), /did not end its calls within 1 ms/);
    letGo(flag);
    await pool.shutdown();
  });

  it("says what the end of a program waits for, when that takes long", async () => {
    const warn = console.warn;
    const warnings: string[] = [];
    const flag = sharedFlag();
    console.warn = (text: string) => {
      warnings.push(text);
      letGo(flag);
    };
    try {
      using loop = new EventLoop();
      loop.slowCancelDuration = 1;
      await loop.runUntilComplete(function* () {
        loop.runInExecutor(null, plain.holdStarted, flag);
        yield* fromPromise(untilSet(flag, 0));
        yield* loop.shutdownDefaultExecutor(60_000);
      });
    } finally {
      console.warn = warn;
      letGo(flag);
    }
    assertEquals(warnings.length, 1);
    assertMatch(
      warnings.join(),
      /^The end of <EventLoop.* waits for holdStarted\(\) in threads.*onCancel: "terminate"/,
    );
  });

  it("is what close() does without waiting, and a thread that is busy then ends after its call", async () => {
    const flag = sharedFlag();
    const pool = new WorkerPool({ maxWorkers: 1 });
    const loop = new EventLoop();
    loop.setDefaultExecutor(pool);
    await loop.runUntilComplete(function* () {
      loop.runInExecutor(null, plain.holdStarted, flag);
      yield* fromPromise(untilSet(flag, 0));
    });
    loop.close();
    loop.close();
    letGo(flag);
    await pool.shutdown();
    assertMatch(String(pool), /workers=0/);
  });
});
