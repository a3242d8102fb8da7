import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  Future,
  getRunningLoop,
  runCoroutineThreadsafe,
  RuntimeError,
  sleep,
  Task,
  wrapFuture,
} from "../../mod.ts";
import { play, playAndListen, virtualLoop } from "../core/play.ts";
import { caught, ticks } from "./steps.ts";

describe("wrapFuture()", () => {
  it("gives a future back as it is", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<number>();
      assertStrictEquals(wrapFuture(future), future);
      yield* ticks(1);
    });
  });

  it("follows a promise to its value, as a future that is no task", async () => {
    await play(function* () {
      const future = wrapFuture(Promise.resolve("value"));
      assert(future instanceof Future && !(future instanceof Task));
      assertStrictEquals(future.getLoop(), getRunningLoop());
      assertFalse(future.done());
      assertEquals(yield* future, "value");
    });
  });

  it("follows a promise to its reason, whatever that is", async () => {
    await play(function* () {
      for (const reason of [new Error("bad"), "text", undefined]) {
        assertStrictEquals(yield* caught(wrapFuture(Promise.reject(reason))), reason);
      }
    });
  });

  it("follows a promise that is cancelled by being cancelled", async () => {
    await play(function* () {
      const future = wrapFuture(Promise.reject(new CancelledError("gone")));
      const error = yield* caught(future);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "gone");
      assert(future.cancelled());
    });
  });

  it("has an error that nobody reads reported", async () => {
    const error = new Error("unread");
    const [, reports] = await playAndListen(function* () {
      wrapFuture(Promise.reject(error));
      yield* sleep(1);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
  });

  it("ends at once when it is cancelled, and drops what comes late", async () => {
    const [, reports] = await playAndListen(function* () {
      const { promise, resolve } = Promise.withResolvers<string>();
      const { promise: failing, reject } = Promise.withResolvers<string>();
      const futures = [wrapFuture(promise), wrapFuture(failing)];
      for (const future of futures) {
        future.cancel();
        assertInstanceOf(yield* caught(future), CancelledError);
      }
      resolve("late");
      reject(new Error("late"));
      yield* sleep(1);
      for (const future of futures) assert(future.cancelled());
    });
    assertEquals(reports, []);
  });

  it("cancels nothing that has ended by itself", async () => {
    await play(function* () {
      let cancels = 0;
      const source = Object.assign(Promise.resolve(5), { cancel: () => cancels++ });
      assertEquals(yield* wrapFuture(source), 5);
      yield* sleep(1);
      assertEquals(cancels, 0);
    });
  });

  it("cancels a ConcurrentFuture that it follows, and is cancelled with it", async () => {
    const other = virtualLoop();
    const running = other.runForever();
    await play(function* () {
      const source = runCoroutineThreadsafe(sleep(60_000), other);
      const future = wrapFuture(source);
      future.cancel();
      yield* ticks(2);
      assert(source.cancelled());

      const second = runCoroutineThreadsafe(sleep(60_000), other);
      const follower = wrapFuture(second);
      second.cancel("source");
      const error = yield* caught(follower);
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "source");
    });
    other.stop();
    await running;
    other.close();
  });

  it("carries a result from one loop to another", async () => {
    const other = virtualLoop();
    const running = other.runForever();
    const result = await play(function* () {
      return yield* wrapFuture(runCoroutineThreadsafe(sleep(1, "from afar"), other));
    });
    assertEquals(result, "from afar");
    other.stop();
    await running;
    other.close();
  });

  it("ignores what comes when its loop is closed", async () => {
    const loop = virtualLoop();
    const { promise, resolve } = Promise.withResolvers<string>();
    const future = wrapFuture(promise, { loop });
    loop.close();
    resolve("late");
    await promise;
    await Promise.resolve();
    assertFalse(future.done());
  });

  it("refuses what is no promise, and says so; a coroutine above all", async () => {
    await play(function* () {
      for (const value of [5, null, undefined, {}, "text"]) {
        assertThrows(() => wrapFuture(value as unknown as Promise<void>), TypeError, "promise");
      }
      for (const value of [sleep(1), ticks(1)]) {
        assertThrows(() => wrapFuture(value as unknown as Promise<void>), TypeError, "createTask");
      }
      yield* ticks(1);
    });
  });

  it("needs a loop", () => {
    assertThrows(() => wrapFuture(Promise.resolve()), RuntimeError, "run()");
  });
});
