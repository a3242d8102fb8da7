import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, type Coroutine, createTask, type Future, gather, sleep, type Task } from "../../../mod.ts";
import { playAndListen } from "../../core/play.ts";
import { caught } from "../steps.ts";

/** Awaits whatever it finds in the box by the time it begins. */
function* awaits(box: { awaited?: Future<unknown> }): Coroutine<unknown> {
  yield* sleep(0);
  return yield* box.awaited!;
}

describe("A gather() that one of its own children awaits", () => {
  for (const which of ["child", "gather"]) {
    for (const length of [1, 2]) {
      it(`ends when the ${which} is cancelled, with ${length === 1 ? "one task" : "two tasks"} in the ring`, async () => {
        const [, reports] = await playAndListen(function* () {
          const box: { awaited?: Future<unknown> } = {};
          const first: Task<unknown> = createTask(awaits(box));
          const tasks = [first];
          if (length === 2) tasks.push(createTask(awaits({ awaited: first })));
          const all = gather(sleep(60_000), tasks.at(-1)!);
          box.awaited = all;
          yield* sleep(1);
          assert(which === "child" ? first.cancel("stop") : all.cancel("stop"));
          const error = yield* caught(all);
          assertInstanceOf(error, CancelledError);
          assertEquals(error.message, "stop");
          yield* sleep(1);
          for (const task of tasks) assert(task.cancelled());
        });
        assertEquals(reports, []);
      });
    }
  }
});
