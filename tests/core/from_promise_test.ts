// deno-lint-ignore-file require-yield require-await
import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, currentTask, fromPromise, gather, getRunningLoop, sleep } from "../../mod.ts";
import { failure, hostTurn, play, playAndListen } from "./play.ts";

/** A promise that a test settles. */
function held<T>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

describe("fromPromise()", () => {
  it("gives the value of a promise, made before or by a function when awaited", async () => {
    await play(function* () {
      assertEquals(yield* fromPromise(Promise.resolve(5)), 5);
      assertEquals(yield* fromPromise(hostTurn().then(() => "later")), "later");
      let called = 0;
      const lazy = fromPromise(async () => ++called);
      yield* sleep(0);
      assertEquals(called, 0);
      assertEquals(yield* lazy, 1);
      assertEquals(yield* fromPromise(async (signal) => signal.aborted), false);
      assertEquals(yield* fromPromise({ then: (resolve: (value: number) => unknown) => resolve(7) } as never), 7);
    });
  });

  it("throws the rejection of a promise, whatever it is", async () => {
    for (const reason of [new Error("no"), "text", undefined, null]) {
      assertStrictEquals(
        await failure(function* () {
          yield* fromPromise(() => Promise.reject(reason));
        }),
        reason,
      );
    }
  });

  it("throws what its function throws, and refuses a function that gives no promise", async () => {
    const error = new Error("sync");
    assertStrictEquals(
      await failure(function* () {
        yield* fromPromise(() => {
          throw error;
        });
      }),
      error,
    );
    const refused = await failure(function* () {
      yield* fromPromise((() => 5) as never);
    });
    assert(refused instanceof TypeError);
    assertMatch(refused.message, /it must be a promise, not the number 5/);
  });

  it("refuses what is neither promise nor function, and what belongs to the loop", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      for (const value of [5, null, undefined, "text", {}, future, currentTask()]) {
        assertThrows(() => fromPromise(value as never), TypeError, "by fromPromise()");
      }
    });
  });

  it("cancelled ends at once, and aborts the signal with the CancelledError as reason", async () => {
    await play(function* () {
      const host = held<number>();
      let signal: AbortSignal | undefined;
      let caught: unknown;
      const task = createTask(function* () {
        try {
          yield* fromPromise((given) => {
            signal = given;
            return host.promise;
          });
        } catch (error) {
          caught = error;
          throw error;
        }
      });
      yield* sleep(0);
      assertFalse(signal!.aborted);
      task.cancel("why");
      yield* sleep(0);
      assert(task.cancelled());
      assert(signal!.aborted);
      assertInstanceOf(signal!.reason, CancelledError);
      assertEquals(signal!.reason.message, "why");
      assertStrictEquals(caught, signal!.reason);
    });
  });

  it("a value that comes after the cancel goes to onLate, or is dropped", async () => {
    await play(function* () {
      const host = held<string>();
      const late: string[] = [];
      const first = createTask(fromPromise(host.promise, { onLate: (value) => late.push(value) }));
      const second = createTask(fromPromise(host.promise));
      yield* sleep(0);
      first.cancel();
      second.cancel();
      yield* sleep(0);
      host.resolve("late");
      yield* fromPromise(hostTurn());
      assert(first.cancelled() && second.cancelled());
      assertEquals(late, ["late"]);
    });
  });

  it("a value that the task never saw, for it was cancelled in between, goes to onLate", async () => {
    await play(function* () {
      const late: string[] = [];
      const settle = (task: { cancel(): boolean }) => ({
        // A thenable calls back whenever it likes: here just before the task is cancelled.
        then(resolve: (value: string) => void) {
          getRunningLoop().callSoon(() => {
            resolve("between");
            task.cancel();
          });
        },
      });
      const task = createTask(function* () {
        yield* fromPromise(settle(currentTask()!) as never, { onLate: (value: string) => late.push(value) });
      });
      yield* sleep(1);
      assert(task.cancelled());
      assertEquals(late, ["between"]);
    });
  });

  it("an onLate that throws is reported", async () => {
    const error = new Error("onLate");
    const [, reports] = await playAndListen(function* () {
      const host = held<string>();
      const task = createTask(fromPromise(host.promise, {
        onLate() {
          throw error;
        },
      }));
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      host.resolve("late");
      yield* fromPromise(hostTurn());
    });
    assertEquals(reports.map((report) => report.exception), [error]);
  });

  it("a rejection after the cancel is reported, unless it is the abort's own", async () => {
    const error = new Error("late");
    const [, reports] = await playAndListen(function* () {
      const host = held<string>();
      const tasks = [
        createTask(fromPromise(host.promise)),
        createTask(
          fromPromise((signal) =>
            new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
          ),
        ),
        createTask(
          fromPromise((signal) =>
            new Promise((_, reject) =>
              signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")))
            )
          ),
        ),
      ];
      yield* sleep(0);
      for (const task of tasks) task.cancel();
      yield* sleep(0);
      host.reject(error);
      yield* fromPromise(hostTurn());
      assertEquals(tasks.map((task) => task.cancelled()), [true, true, true]);
    });
    assertEquals(reports.map((report) => report.exception), [error]);
    assertMatch(reports[0]!.message!, /rejected after the wait for it was cancelled/);
  });

  it("says nothing of a promise that somebody aborts after the cancel", async () => {
    const [, reports] = await playAndListen(function* () {
      const [early, late] = [held<string>(), held<string>()];
      const tasks = [createTask(fromPromise(early.promise)), createTask(fromPromise(late.promise))];
      yield* sleep(0);
      early.reject(new DOMException("aborted", "AbortError"));
      for (const task of tasks) task.cancel();
      yield* sleep(0);
      late.reject(new DOMException("aborted", "AbortError"));
      yield* fromPromise(hostTurn());
      assertEquals(tasks.map((task) => task.cancelled()), [true, true]);
    });
    assertEquals(reports, []);
  });

  it("says nothing of a promise that is cancelled with the task", async () => {
    const [, reports] = await playAndListen(async () => {
      const task = createTask(async () => {
        const child = async () => {
          await sleep(1_000);
        };
        await gather(sleep(1_000), child());
      });
      await sleep(1);
      task.cancel();
      await assertRejects(() => Promise.resolve(task), CancelledError);
      await sleep(1);
    });
    assertEquals(reports, []);
  });

  it("cancelled before it began never calls its function", async () => {
    await play(function* () {
      let called = false;
      const task = createTask(fromPromise(async () => {
        called = true;
      }));
      task.cancel();
      yield* sleep(1);
      assert(task.cancelled());
      assertFalse(called);
    });
  });

  it("runs its function in the task, with its variables", async () => {
    await play(function* () {
      const main = currentTask();
      const [task] = yield* fromPromise(async () => [currentTask()]);
      assertStrictEquals(task, main);
    });
  });

  it("can be awaited in an async function and is cancelled with it", async () => {
    await play(function* () {
      let signal: AbortSignal | undefined;
      const task = createTask(async () => {
        assertEquals(await fromPromise(Promise.resolve(5)), 5);
        await fromPromise((given) => {
          signal = given;
          return new Promise(() => {});
        });
      });
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
      assert(signal!.aborted);
    });
  });
});
