// deno-lint-ignore-file require-await
import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, ExceptionGroup, sleep, taskGroup, use } from "../../../mod.ts";
import { play } from "../../core/play.ts";
import { caught } from "../steps.ts";

/** A resource that cannot be closed. */
function stuck(message: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      throw new Error(message);
    },
  };
}

/** The messages of an error and of all that it suppresses, the latest first. */
function messages(error: unknown): string[] {
  if (!(error instanceof SuppressedError)) return [(error as Error).message];
  return [...messages(error.error), ...messages(error.suppressed)];
}

describe("A body that fails and several cleanups that fail after it", () => {
  it("are all in the error that is thrown", async () => {
    await play(function* () {
      const error = yield* caught(use(stuck("outer"), () =>
        use(stuck("inner"), function* () {
          throw new Error("body");
        })));
      assertEquals(messages(error), ["outer", "inner", "body"]);
    });
  });

  it("are all in the error of a group, together with those of its other tasks", async () => {
    await play(function* () {
      const error = yield* caught(taskGroup(function* (group) {
        group.createTask(() => use(stuck("cleanup of a task"), () => sleep(60_000)));
        yield* sleep(0);
        yield* use(stuck("cleanup of the body"), function* () {
          throw new Error("body");
        });
      }));
      assertInstanceOf(error, ExceptionGroup);
      assertEquals(error.errors.map(messages), [["cleanup of a task", ""], ["cleanup of the body", "body"]]);
    });
  });

  it("are all in the error of a task that is cancelled", async () => {
    await play(function* () {
      const task = createTask(() => use(stuck("outer"), () => use(stuck("inner"), () => sleep(60_000))));
      yield* sleep(0);
      task.cancel("enough");
      assertEquals(messages(yield* caught(task)), ["outer", "inner", "enough"]);
    });
  });
});
