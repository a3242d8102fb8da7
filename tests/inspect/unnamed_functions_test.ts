import { assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, run, sleep } from "../../mod.ts";
import { formatTasks } from "../../src/inspect/mod.ts";

describe("A function without a name", () => {
  it("is not named after an option of the call that it is handed to", async () => {
    await run(function* () {
      const task = createTask(function* () {
        yield* sleep(60_000);
      }, { name: "nameless" });
      yield* sleep(0);
      const tree = formatTasks();
      assertEquals([tree.includes("createTask.name"), tree.includes("run.debug")], [false, false], tree);
      assertFalse(`${task}`.includes("createTask.name"), `${task}`);
      task.cancel();
    }, { debug: false });
  });
});
