// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, Guard, Lock, run, RuntimeError, sleep, timeout, TimeoutError } from "../../mod.ts";
import { play, trace } from "../core/play.ts";

describe("Lock", () => {
  it("acquire() takes a free lock without suspending", async () => {
    await play(function* () {
      const lock = new Lock();
      let others = 0;
      createTask(function* () {
        others++;
      });
      const guard = yield* lock.acquire();
      assertInstanceOf(guard, Guard);
      assert(lock.locked());
      assertEquals(others, 0);
    });
  });

  it("acquire() resumes its waiters in the order that they came, and who releases goes to the end", async () => {
    const order = await trace(function* (say) {
      const lock = new Lock();
      function worker(name: string) {
        return createTask(function* () {
          yield* lock.acquire();
          say(`${name}+`);
          yield* sleep(0);
          say(`${name}-`);
          lock.release();
        });
      }
      yield* lock.acquire();
      const tasks = ["a", "b", "c"].map(worker);
      yield* sleep(0);
      lock.release();
      const late = worker("m2");
      yield* lock.acquire();
      say("main+");
      lock.release();
      for (const task of [...tasks, late]) yield* task;
    });
    assertEquals(order, "a+ a- b+ b- c+ c- main+ m2+ m2-");
  });

  it("is unlocked between a release and the turn of the next holder, and newcomers queue all the same", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      yield* sleep(0);
      lock.release();
      assertFalse(lock.locked());
      let overtook = true;
      const newcomer = createTask(function* () {
        yield* lock.acquire();
        overtook = !waiter.done();
      });
      yield* waiter;
      lock.release();
      yield* newcomer;
      assertFalse(overtook);
    });
  });

  it("can be released by a task that did not acquire it", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      yield* createTask(function* () {
        lock.release();
      });
      assertFalse(lock.locked());
    });
  });

  it("release() of a free lock is refused, and the lock goes on as before", async () => {
    await play(function* () {
      const lock = new Lock();
      const error = assertThrows(() => lock.release(), RuntimeError);
      assert(error.message.includes("not acquired"));
      yield* lock.acquire();
      lock.release();
      assertThrows(() => lock.release(), RuntimeError);
      assertFalse(lock.locked());
    });
  });

  it("its guard releases it at the end of the block, also when the block throws", async () => {
    await play(function* () {
      const lock = new Lock();
      try {
        using _guard = yield* lock.acquire();
        assert(lock.locked());
        throw new Error("out");
      } catch {
        assertFalse(lock.locked());
      }
    });
  });

  it("its guard does nothing after a release by hand, even if somebody else holds the lock then", async () => {
    await play(function* () {
      const lock = new Lock();
      {
        using _guard = yield* lock.acquire();
        lock.release();
        yield* createTask(lock.acquire());
      }
      assert(lock.locked());
    });
  });

  it("its guard releases only once", async () => {
    await play(function* () {
      const lock = new Lock();
      const guard = yield* lock.acquire();
      guard[Symbol.dispose]();
      yield* lock.acquire();
      guard[Symbol.dispose]();
      assert(lock.locked());
    });
  });

  it("works the same in async functions", async () => {
    const order: string[] = [];
    await play(async () => {
      const lock = new Lock();
      const worker = async (name: string) => {
        using _guard = await lock.acquire();
        order.push(`${name}+`);
        await sleep(1);
        order.push(`${name}-`);
      };
      const tasks = ["a", "b"].map((name) => createTask(() => worker(name)));
      for (const task of tasks) await task;
      assertFalse(lock.locked());
    });
    assertEquals(order, ["a+", "a-", "b+", "b-"]);
  });

  it("a cancelled waiter leaves the line, and the message reaches it", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [first, second] = [createTask(lock.acquire()), createTask(lock.acquire())];
      yield* sleep(0);
      assertEquals(String(lock), "<Lock [locked, waiters:2]>");
      first.cancel("enough");
      yield* sleep(0);
      assertEquals(String(lock), "<Lock [locked, waiters:1]>");
      assert(first.cancelled());
      assertEquals(assertThrows(() => first.result(), CancelledError).message, "enough");
      lock.release();
      yield* second;
    });
  });

  it("a deadline around acquire() leaves no trace", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      try {
        yield* timeout(5, () => lock.acquire());
      } catch (error) {
        assertInstanceOf(error, TimeoutError);
      }
      assertEquals(String(lock), "<Lock [locked]>");
    });
  });

  it("acquire() cannot be awaited twice, and the lock is not harmed", async () => {
    await play(function* () {
      const lock = new Lock();
      const acquire = lock.acquire();
      yield* acquire;
      try {
        yield* acquire;
        assert(false);
      } catch (error) {
        assertInstanceOf(error, RuntimeError);
      }
      const iterated = lock.acquire();
      assertThrows(() => {
        for (const _ of iterated as Iterable<unknown>);
      }, RuntimeError);
      lock.release();
      yield* lock.acquire();
    });
  });

  it("belongs to the loop on which a task waited for it first", async () => {
    const lock = new Lock();
    const contend = () =>
      run(function* () {
        const guard = yield* lock.acquire();
        const task = createTask(lock.acquire());
        yield* sleep(0);
        guard[Symbol.dispose]();
        yield* task;
        lock.release();
      });
    await contend();
    const error = await assertRejects(contend, RuntimeError, "different event loop");
    assert(error.message.includes("<Lock [locked]>"));
  });

  it("that nobody waits for may be used on any loop", async () => {
    const lock = new Lock();
    for (let i = 0; i < 2; i++) {
      await run(function* () {
        yield* lock.acquire();
        lock.release();
      });
    }
    assertFalse(lock.locked());
  });

  it("toString() says its state and how many wait", async () => {
    await play(function* () {
      const lock = new Lock();
      assertEquals(String(lock), "<Lock [unlocked]>");
      yield* lock.acquire();
      createTask(lock.acquire());
      yield* sleep(0);
      assertEquals(String(lock), "<Lock [locked, waiters:1]>");
      lock.release();
    });
  });
});
