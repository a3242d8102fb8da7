import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, Event, Lock, Queue, Semaphore, sleep } from "../../../mod.ts";
import { play } from "../../core/play.ts";

describe("A task that is cancelled before its first step", () => {
  it("takes nothing and puts nothing in", async () => {
    await play(function* () {
      const lock = new Lock();
      const semaphore = new Semaphore(1);
      const full = new Queue<number>();
      const empty = new Queue<number>();
      full.putNowait(1);
      const tasks = [
        createTask(lock.acquire()),
        createTask(semaphore.acquire()),
        createTask(new Event().wait()),
        createTask(full.get()),
        createTask(empty.put(1)),
      ];
      for (const task of tasks) task.cancel();
      yield* sleep(1);
      for (const task of tasks) assert(task.cancelled());
      assertEquals([String(lock), String(semaphore)], ["<Lock [unlocked]>", "<Semaphore [unlocked, value:1]>"]);
      assertEquals([full.qsize(), empty.qsize()], [1, 0]);
    });
  });

  it("with a signal that was aborted before is not let in", async () => {
    await play(function* () {
      const lock = new Lock();
      const task = createTask(lock.acquire(), { signal: AbortSignal.abort("never mind") });
      yield* sleep(1);
      assert(task.cancelled());
      assertEquals(String(lock), "<Lock [unlocked]>");
    });
  });
});
