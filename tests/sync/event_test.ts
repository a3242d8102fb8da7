// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, Event, run, RuntimeError, sleep } from "../../mod.ts";
import { whenSet } from "../../src/sync/event.ts";
import { play, trace } from "../core/play.ts";

describe("Event", () => {
  it("set() wakes all who wait, in order, though it is cleared at once", async () => {
    const order = await trace(function* (say) {
      const event = new Event();
      const wait = (name: string) =>
        createTask(function* () {
          assertEquals(yield* event.wait(), true);
          say(`${name}:${event.isSet()}`);
        });
      const tasks = ["a", "b", "c"].map(wait);
      yield* sleep(0);
      event.set();
      event.clear();
      const late = wait("late");
      for (const task of tasks) yield* task;
      assertFalse(late.done());
      event.set();
      yield* late;
    });
    assertEquals(order, "a:false b:false c:false late:true");
  });

  it("wait() does not suspend when the flag is set", async () => {
    await play(function* () {
      const event = new Event();
      event.set();
      let others = 0;
      createTask(function* () {
        others++;
      });
      assertEquals(yield* event.wait(), true);
      assertEquals(others, 0);
    });
  });

  it("works the same in async functions", async () => {
    await play(async () => {
      const event = new Event();
      const task = createTask(async () => await event.wait());
      await sleep(1);
      assertFalse(task.done());
      event.set();
      assertEquals(await task, true);
    });
  });

  it("a cancelled waiter leaves the line", async () => {
    await play(function* () {
      const event = new Event();
      const task = createTask(event.wait());
      yield* sleep(0);
      assertEquals(String(event), "<Event [unset, waiters:1]>");
      task.cancel();
      yield* sleep(0);
      assert(task.cancelled());
      assertEquals(String(event), "<Event [unset]>");
      event.set();
      assertEquals(String(event), "<Event [set]>");
    });
  });

  it("calls back once when it is set, unless that is taken back", () => {
    const event = new Event();
    const called: string[] = [];
    whenSet(event, () => {
      called.push("a");
      forgetC();
    });
    const forgetB = whenSet(event, () => void called.push("b"));
    const forgetC = whenSet(event, () => void called.push("c"));
    whenSet(event, () => void called.push("d"));
    forgetB();
    event.set();
    event.clear();
    event.set();
    assertEquals([called.join(), String(event)], ["a,d", "<Event [set]>"]);
  });

  it("belongs to the loop on which a task waited for it first", async () => {
    const event = new Event();
    const meet = () =>
      run(function* () {
        const task = createTask(event.wait());
        yield* sleep(0);
        event.set();
        yield* task;
        event.clear();
      });
    await meet();
    await assertRejects(meet, RuntimeError, "<Event [");
  });
});
