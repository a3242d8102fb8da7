import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  DeadlockError,
  Lock,
  Queue,
  run,
  RuntimeError,
  sleep,
  taskGroup,
  timeout,
} from "../../mod.ts";
import { cancelEverywhere, CancelFailure } from "../../src/testing/mod.ts";

describe("cancelEverywhere()", () => {
  it("cancels at each suspension and in each cleanup, in both forms", async () => {
    const runsOf: Record<string, string[]> = {};
    const forms = {
      coroutine(log: string[]) {
        return function* () {
          let seen = "";
          try {
            yield* sleep(0);
            seen += "a";
            yield* sleep(5);
            seen += "b";
          } finally {
            seen += "-";
            yield* sleep(1);
            seen += "c";
            log.push(seen);
          }
        };
      },
      asyncForm(log: string[]) {
        return async () => {
          let seen = "";
          try {
            await sleep(0);
            seen += "a";
            await sleep(5);
            seen += "b";
          } finally {
            seen += "-";
            await sleep(1);
            seen += "c";
            log.push(seen);
          }
        };
      },
    };
    for (const [name, form] of Object.entries(forms)) {
      const log = runsOf[name] = [] as string[];
      const result = await cancelEverywhere(form(log));
      // Three places, each while it waits and when it is woken; two of them have a cleanup that waits.
      assertEquals(result.points, 3, name);
    }
    assertEquals(runsOf["asyncForm"], runsOf["coroutine"]);
    assertEquals([...new Set(runsOf["coroutine"])].sort(), ["-c", "a-c", "ab-c"]);
  });

  it("passes what stands every cancel", async () => {
    let lock = new Lock();
    const work = async () => {
      lock = new Lock();
      const queue = new Queue<number>(1);
      await taskGroup(async (group) => {
        group.createTask(async () => {
          for (let i = 0; i < 3; i++) await queue.put(i);
        });
        for (let i = 0; i < 3; i++) {
          await queue.get();
          await lock.acquire();
          try {
            await timeout(10, () => sleep(1));
          } finally {
            lock.release();
          }
        }
      });
    };
    const { points, runs } = await cancelEverywhere(work, { check: () => !lock.locked() });
    assertEquals([points > 3, runs > 2 * points], [true, true]);
  });

  it("finds what is not released", async () => {
    let open = 0;
    const program = function* () {
      open = 0;
      yield* sleep(1);
      open++;
      yield* sleep(1);
      open--;
    };
    const error = await assertRejects(() => cancelEverywhere(program, { check: () => open === 0 }), CancelFailure);
    assertEquals(error.point, { suspension: 2, isWoken: false, cleanup: null });
    assertStringIncludes(error.message, "suspension 2");
    assertStringIncludes(error.message, "check() has returned false");
  });

  it("finds a cleanup that a second cancel cuts short", async () => {
    let open = 0;
    const program = async () => {
      open = 1;
      try {
        await sleep(5);
      } finally {
        await sleep(1);
        open = 0;
      }
    };
    const error = await assertRejects(() => cancelEverywhere(program, { check: () => open === 0 }), CancelFailure);
    assertEquals(error.point, { suspension: 1, isWoken: false, cleanup: 1 });
  });

  it("finds what is lost between being woken and going on", async () => {
    let taken: number[] = [];
    let queue = new Queue<number>();
    const program = function* () {
      taken = [];
      queue = new Queue();
      queue.putNowait(1);
      yield* sleep(0);
      const item = queue.getNowait();
      try {
        yield* sleep(1);
      } catch (error) {
        queue.putNowait(item);
        throw error;
      }
      taken.push(item);
    };
    await cancelEverywhere(program, { check: () => taken.length + queue.qsize() === 1 });
  });

  it("finds leaked tasks, swallowed cancels, other errors and deadlocks", async () => {
    const leaked = await assertRejects(() =>
      cancelEverywhere(async () => {
        const child = createTask(sleep(50), { name: "child" });
        await sleep(1);
        await child;
      }), CancelFailure);
    assertStringIncludes(leaked.message, "name='child'");

    const swallowing = function* () {
      try {
        yield* sleep(1);
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    };
    const swallowed = await assertRejects(() => cancelEverywhere(swallowing), CancelFailure);
    assertStringIncludes(swallowed.message, "swallowed");
    assertEquals((await cancelEverywhere(swallowing, { mayReturn: true })).points, 1);

    const failed = await assertRejects(() =>
      cancelEverywhere(async () => {
        try {
          await sleep(1);
        } catch {
          throw new RangeError("in the cleanup");
        }
      }), CancelFailure);
    assertInstanceOf(failed.cause, RangeError);

    const stuck = await assertRejects(() =>
      cancelEverywhere(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        try {
          yield* sleep(1);
          lock.release();
        } finally {
          yield* lock.acquire();
        }
      }), CancelFailure);
    assertInstanceOf(stuck.cause, DeadlockError);
  });

  it("tells what fails without a cancel", async () => {
    const error = await assertRejects(() =>
      cancelEverywhere(function* () {
        yield* sleep(1);
        throw new RangeError("anyway");
      }), CancelFailure);
    assertEquals(error.point, null);
    assertStringIncludes(error.message, "without a cancel");
  });

  it("refuses what it cannot run", async () => {
    await assertRejects(() => cancelEverywhere(sleep(1) as never), TypeError, "function itself");
    await assertRejects(() => cancelEverywhere(() => sleep(1), { checks: 1 } as never), TypeError, "unknown option");
    await assertRejects(() => cancelEverywhere(() => sleep(1), { check: 1 as never }), TypeError, "give a function");
    await run(async () => {
      const error = await cancelEverywhere(() => sleep(1)).then(() => null, (error: unknown) => error);
      assertInstanceOf(error, RuntimeError);
    });
  });
});
