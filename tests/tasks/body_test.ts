/**
 * What the body of a scope may be: for the types a future is a promise, so that a plain function may return one.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  gather,
  run,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  use,
} from "../../mod.ts";

function* later<T>(value: T): Coroutine<T> {
  yield* sleep(1);
  return value;
}

describe("The body of a scope that returns a future", () => {
  it("has its result", async () => {
    await run(function* () {
      assertEquals(yield* timeout(60_000, () => gather(later(1), later(2))), [1, 2]);
      assertEquals(yield* timeoutAt(null, () => createTask(later(3))), 3);
      assertEquals(yield* taskGroup((group) => group.createTask(later(4))), 4);
      assertEquals(yield* use({ [Symbol.dispose]() {} }, () => shield(createTask(later(5)))), 5);
    });
    assertEquals(await run(async () => await timeout(60_000, () => gather(later(6)))), [6]);
  });

  it("throws its error", async () => {
    const failing = () => timeout(60_000, () => gather(later(1), () => Promise.reject(new RangeError("broken"))));
    await assertRejects(() => run(failing), RangeError, "broken");
  });

  it("is cancelled with it, and has ended when the scope has", async () => {
    await run(function* () {
      let task: Task<undefined> | undefined;
      try {
        yield* timeout(1, () => task = createTask(sleep(60_000)));
        throw new Error("it was in time");
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
      assertEquals(task!.cancelled(), true);
    });
  });
});
