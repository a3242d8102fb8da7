import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, LifoQueue, QueueFull, QueueShutDown, sleep } from "../../mod.ts";
import { play } from "../core/play.ts";

describe("LifoQueue", () => {
  it("gives the latest item first", async () => {
    await play(function* () {
      const queue = new LifoQueue<number>(2);
      queue.putNowait(1);
      queue.putNowait(2);
      assertThrows(() => queue.putNowait(3), QueueFull);
      const put = createTask(queue.put(3));
      yield* sleep(0);
      assertEquals(yield* queue.get(), 2);
      yield* put;
      assertEquals(String(queue), "<LifoQueue maxsize=2 _queue=[1, 3] tasks=3>");
      assertEquals([yield* queue.get(), yield* queue.get()], [3, 1]);
      queue.shutdown();
      assertThrows(() => queue.getNowait(), QueueShutDown);
    });
  });
});
