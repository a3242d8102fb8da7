import { assert, assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { asCompleted, createTask, getRunningLoop, run, sleep, timeout, wait, waitFor } from "../../../mod.ts";
import { play } from "../../core/play.ts";

/** Hosts take a longer delay than 2 ** 31 - 1 for none at all. */
const BEYOND = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity];

describe("A time beyond 2 ** 31 ms", () => {
  it("does not end at once on the host's own timers", async () => {
    await run(function* () {
      const sleeps = BEYOND.map((delay) => createTask(sleep(delay)));
      const future = getRunningLoop().createFuture<void>();
      const others = BEYOND.flatMap((delay) => [
        createTask(timeout(delay, () => sleep(Infinity))),
        createTask(waitFor(future, delay)),
        createTask(wait([getRunningLoop().createFuture<void>()], { timeout: delay })),
        createTask(function* () {
          for (const next of asCompleted([getRunningLoop().createFuture<void>()], { timeout: delay })) yield* next;
        }),
      ]);
      // The host's own clock must go on a little for its timers to be proved wrong.
      yield* sleep(20);
      for (const task of [...sleeps, ...others]) assertFalse(task.done());
    });
  });

  it("is waited out on a virtual clock", async () => {
    await play(function* () {
      const loop = getRunningLoop();
      yield* sleep(2 ** 40);
      assertEquals(loop.time(), 2 ** 40);
      assert(yield* timeout(2 ** 53, () => sleep(2 ** 41, true)));
    });
  });

  it("does not keep a shorter one from ending in time", async () => {
    await run(function* () {
      const long = createTask(sleep(2 ** 33));
      yield* sleep(1);
      assertFalse(long.done());
    });
  });
});
