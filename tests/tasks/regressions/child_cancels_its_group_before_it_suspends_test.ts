import { assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { currentTask, eagerTaskFactory, getRunningLoop, sleep, type Task, TaskGroup } from "../../../mod.ts";
import { play } from "../../core/play.ts";

describe("A child that cancels its group before its first suspension", () => {
  for (const eager of [true, false]) {
    it(`is cancelled like its siblings, ${eager ? "started at once" : "started by the loop"}`, async () => {
      await play(function* () {
        if (eager) getRunningLoop().setTaskFactory(eagerTaskFactory);
        const group = new TaskGroup();
        const tasks: Task<void>[] = [];
        let past = false;
        yield* group.run(function* () {
          tasks.push(group.createTask(() => sleep(60_000)));
          tasks.push(group.createTask(function* () {
            group.cancel();
            yield* sleep(60_000);
            past = true;
          }));
          yield* sleep(60_000);
          past = true;
        });
        assertFalse(past);
        assertEquals(tasks.map((task) => task.cancelled()), [true, true]);
        assertEquals(currentTask()?.cancelling(), 0);
        assertEquals(getRunningLoop().time(), 0);
      });
    });
  }

  it("is not cancelled if it ends at once", async () => {
    await play(function* () {
      const group = new TaskGroup();
      const children: Task<string>[] = [];
      yield* group.run(function* () {
        function* ending() {
          group.cancel();
          return "ended";
        }
        children.push(group.createTask(ending, { eagerStart: true }));
        yield* sleep(60_000);
      });
      assertEquals(children[0]!.result(), "ended");
    });
  });
});
