// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BoundedSemaphore, createTask, run, RuntimeError, Semaphore, sleep, taskGroup } from "../../mod.ts";
import { play, trace } from "../core/play.ts";

describe("Semaphore", () => {
  it("acquire() does not suspend while there is one left", async () => {
    await play(function* () {
      const semaphore = new Semaphore(2);
      let others = 0;
      createTask(function* () {
        others++;
      });
      yield* semaphore.acquire();
      assertFalse(semaphore.locked());
      yield* semaphore.acquire();
      assert(semaphore.locked());
      assertEquals(others, 0);
    });
  });

  it("hands each release to the first who waits, so that nobody overtakes", async () => {
    const order = await trace(function* (say) {
      const semaphore = new Semaphore(1);
      const worker = (name: string, times: number) =>
        createTask(function* () {
          for (let i = 0; i < times; i++) {
            yield* semaphore.acquire();
            say(name + i);
            yield* sleep(0);
            semaphore.release();
          }
        });
      for (const task of [worker("a", 2), worker("b", 2), worker("c", 1)]) yield* task;
    });
    assertEquals(order, "a0 b0 c0 a1 b1");
  });

  it("is locked while somebody waits, whatever its value", async () => {
    await play(function* () {
      const semaphore = new Semaphore(0);
      const task = createTask(semaphore.acquire());
      yield* sleep(0);
      semaphore.release();
      semaphore.release();
      assert(semaphore.locked());
      assertEquals(String(semaphore), "<Semaphore [locked, waiters:1]>");
      yield* task;
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:1]>");
    });
  });

  it("may be released more often than it was acquired", () => {
    const semaphore = new Semaphore(0);
    semaphore.release();
    semaphore.release();
    assertEquals(String(semaphore), "<Semaphore [unlocked, value:2]>");
  });

  it("refuses a value that is negative, not whole or not a number", () => {
    for (const value of [-1, 0.5, NaN]) assertThrows(() => new Semaphore(value), RangeError);
    // @ts-expect-error: not a number
    assertThrows(() => new Semaphore("1"), TypeError);
    assert(new Semaphore(0).locked());
    assertFalse(new Semaphore(Infinity).locked());
  });

  it("wakes those who queued behind a woken task, though one was free", async () => {
    await play(function* () {
      const semaphore = new Semaphore(0);
      const first = createTask(semaphore.acquire());
      yield* sleep(0);
      semaphore.release();
      semaphore.release();
      const second = createTask(semaphore.acquire(), { eagerStart: true });
      assertFalse(second.done());
      yield* first;
      yield* second;
      assertEquals(String(semaphore), "<Semaphore [locked]>");
    });
  });

  it("its guard gives back once, at the end of the block", async () => {
    await play(function* () {
      const semaphore = new Semaphore(1);
      {
        using guard = yield* semaphore.acquire();
        guard[Symbol.dispose]();
      }
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:1]>");
    });
  });

  it("its guard does nothing after a release by hand in the same task, in coroutines and async functions", async () => {
    await play(function* () {
      const semaphore = new Semaphore(3);
      {
        using _outer = yield* semaphore.acquire();
        using _guard = yield* semaphore.acquire();
        semaphore.release();
      }
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:3]>");
    });
    await play(async () => {
      const semaphore = new Semaphore(3);
      {
        using _guard = await semaphore.acquire();
        semaphore.release();
      }
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:3]>");
    });
  });

  it("a release by another task, or of another acquisition, leaves the guard as it is", async () => {
    await play(function* () {
      const semaphore = new Semaphore(3);
      {
        using _guard = yield* semaphore.acquire();
        yield* createTask(function* () {
          semaphore.release();
        });
        yield* semaphore.acquire();
        semaphore.release();
      }
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:4]>");
    });
  });

  it("the guards of many holders do nothing after a release by hand", async () => {
    await play(function* () {
      const semaphore = new Semaphore(200);
      yield* taskGroup(function* (group) {
        for (let i = 0; i < 200; i++) {
          group.createTask(function* () {
            using _guard = yield* semaphore.acquire();
            yield* sleep(0);
            semaphore.release();
          });
        }
      });
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:200]>");
    });
  });

  it("guards may be given back in any order, and more of them than it remembers", async () => {
    await play(function* () {
      const semaphore = new Semaphore(200);
      const guards = [];
      for (let i = 0; i < 200; i++) guards.push(yield* semaphore.acquire());
      assert(semaphore.locked());
      for (const i of [150, 3, 199, 0]) guards[i]![Symbol.dispose]();
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:4]>");
      for (const guard of guards) guard[Symbol.dispose]();
      assertEquals(String(semaphore), "<Semaphore [unlocked, value:200]>");
    });
  });

  it("belongs to the loop on which a task waited for it first", async () => {
    const semaphore = new Semaphore(0);
    const meet = () =>
      run(function* () {
        const task = createTask(semaphore.acquire());
        yield* sleep(0);
        semaphore.release();
        yield* task;
      });
    await meet();
    await assertRejects(meet, RuntimeError, "<Semaphore [");
  });
});

describe("BoundedSemaphore", () => {
  it("refuses to be released more often than it was acquired, and stays as it was", async () => {
    await play(function* () {
      const semaphore = new BoundedSemaphore(2);
      yield* semaphore.acquire();
      semaphore.release();
      const error = assertThrows(() => semaphore.release(), RangeError);
      assert(error.message.includes("its bound is 2"));
      assertEquals(String(semaphore), "<BoundedSemaphore [unlocked, value:2]>");
    });
  });

  it("its guard does no harm after a release by hand", async () => {
    await play(function* () {
      const semaphore = new BoundedSemaphore(1);
      {
        using _guard = yield* semaphore.acquire();
        semaphore.release();
      }
      assertEquals(String(semaphore), "<BoundedSemaphore [unlocked, value:1]>");
    });
  });
});
