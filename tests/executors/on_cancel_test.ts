import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  type EventLoop,
  getRunningLoop,
  type RemoteFunction,
  run,
  timeout,
  TimeoutError,
  toThread,
  WorkerPool,
} from "../../mod.ts";
import { eventually, within } from "../within.ts";
import { given, letGo, letGoAtEnd, sharedFlag, untilSet } from "./pools.ts";

const url = new URL("./fixtures/stubborn.ts", import.meta.url);
const NAMES = ["spins", "spinsAfterAwait", "spinsAfterYield", "hearsNothing", "awaitsOthers", "promises"] as const;

type Stubborn = RemoteFunction<[flag: Int32Array], void>;

/** Each way to make a call and to cancel it once it runs. */
const WAYS: Readonly<Record<string, (pool: WorkerPool, fn: Stubborn, flag: Int32Array) => Promise<void>>> = {
  async "by its future"(pool, fn, flag) {
    const future = pool.submit(fn, flag);
    await untilSet(flag, 0);
    future.cancel();
    await assertRejects(() => future as unknown as Promise<unknown>, CancelledError);
  },
  async "by its task"(_pool, fn, flag) {
    const task = createTask(fn(flag));
    await untilSet(flag, 0);
    task.cancel();
    await assertRejects(() => task as unknown as Promise<unknown>, CancelledError);
  },
  async "by a timeout of toThread()"(_pool, fn, flag) {
    const late = timeout(60_000, async (scope) => {
      createTask(async () => {
        await untilSet(flag, 0);
        scope.reschedule(getRunningLoop().time());
      });
      await toThread(fn, flag);
    });
    await assertRejects(() => late as unknown as Promise<unknown>, TimeoutError);
  },
  async "of the loop's executor"(pool, fn, flag) {
    const future = (getRunningLoop() as EventLoop).runInExecutor(pool, fn, flag);
    await untilSet(flag, 0);
    future.cancel();
    await assertRejects(() => future as unknown as Promise<unknown>, CancelledError);
  },
};

/** Cancels a call in a pool of one worker, and makes another. */
async function check(way: string, name: typeof NAMES[number], onCancel: "finish" | "terminate"): Promise<void> {
  const flag = sharedFlag();
  using _end = letGoAtEnd(flag);
  const pool = new WorkerPool({ maxWorkers: 1 });
  const stubborn = pool.remoteModule<typeof import("./fixtures/stubborn.ts")>(url);
  try {
    await run(async () => {
      await WAYS[way]!(pool, stubborn[name].with({ onCancel }), flag);
      const next = within(pool.submit(given(pool).plain.add, 1, 2), `a call after ${name}() was cancelled ${way}`);
      assertEquals(await next, 3);
      if (onCancel === "terminate") assertMatch(String(pool), /workers=1\/1 calls=0/);
    });
  } finally {
    await pool.shutdown({ terminate: true });
  }
}

describe("A cancelled call that does not end lets the next one run", () => {
  it('with onCancel: "terminate", by the end of its worker, whatever it does', async () => {
    for (const name of NAMES) await check("by its task", name, "terminate");
  });

  it('with onCancel: "terminate", by the end of its worker, however it is cancelled', async () => {
    for (const way of Object.keys(WAYS)) await check(way, "spins", "terminate");
  });

  it('with onCancel: "finish", by another worker', async () => {
    for (const name of NAMES) await check("by its future", name, "finish");
  });

  it("also if that one waited already, and the worker that is too many ends when its call has ended", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    const { plain } = given(pool);
    const flag = sharedFlag();
    const held = pool.submit(plain.holdStarted, flag);
    await untilSet(flag, 0);
    const waiting = pool.submit(plain.add, 1, 2);
    held.cancel();
    assertEquals(await within(waiting, "the call that waited"), 3);
    assertMatch(String(pool), /workers=2\/1 calls=1/);
    letGo(flag);
    await eventually(() => String(pool).includes("workers=1/1 calls=0"), "the end of one worker", () => String(pool));
    assertEquals(await pool.submit(plain.add, 3, 4), 7);
  });

  it("and holds up no more than shutdown(), which waits until it has ended", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    const flag = sharedFlag();
    const held = pool.submit(given(pool).plain.holdStarted, flag);
    await untilSet(flag, 0);
    held.cancel();
    let over = false;
    const ended = pool.shutdown().then(() => over = true);
    await using other = new WorkerPool({ maxWorkers: 1 });
    assertEquals(await other.submit(given(other).plain.add, 1, 1), 2);
    assertEquals(over, false);
    letGo(flag);
    await within(ended, "the end of the pool");
  });
});
