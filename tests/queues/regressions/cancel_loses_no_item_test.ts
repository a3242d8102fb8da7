import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, LifoQueue, PriorityQueue, Queue, sleep, type Task } from "../../../mod.ts";
import { play } from "../../core/play.ts";

// The queue has woken the task, and the cancel comes before the task's turn.
describe("A cancel that meets an item", () => {
  it("leaves the item to the next getter", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      const [first, second] = [createTask(queue.get()), createTask(queue.get())];
      yield* sleep(0);
      queue.putNowait(1);
      first.cancel();
      assertEquals(yield* second, 1);
      assert(first.cancelled());
    });
  });

  it("leaves the room to the next putter", async () => {
    await play(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(0);
      const [first, second] = [createTask(queue.put(1)), createTask(queue.put(2))];
      yield* sleep(0);
      queue.getNowait();
      first.cancel();
      yield* second;
      assert(first.cancelled());
      assertEquals(queue.getNowait(), 2);
    });
  });

  it("leaves the item in its place whenever it comes to an async function", async () => {
    for (let ticks = 0; ticks < 6; ticks++) {
      for (const queue of [new Queue<number>(), new LifoQueue<number>(), new PriorityQueue<number>()]) {
        const got: number[] = [];
        await play(function* () {
          const task = createTask(async () => {
            got.push(await queue.get());
          });
          yield* sleep(1);
          queue.putNowait(0);
          for (let i = 0; i < ticks; i++) yield* sleep(0);
          task.cancel();
          yield* sleep(1);
          if (!queue.empty()) got.push(yield* queue.get());
        });
        assertEquals([got, queue.empty()], [[0], true]);
      }
    }
  });

  it("keeps the order of what was put in later", async () => {
    for (let ticks = 0; ticks < 6; ticks++) {
      await play(function* () {
        const queue = new Queue<number>();
        const got: number[] = [];
        const task = createTask(async () => {
          got.push(await queue.get());
        });
        yield* sleep(1);
        for (let i = 0; i < 3; i++) queue.putNowait(i);
        for (let i = 0; i < ticks; i++) yield* sleep(0);
        task.cancel();
        yield* sleep(1);
        while (!queue.empty()) got.push(queue.getNowait());
        assertEquals(got, [0, 1, 2]);
      });
    }
  });

  it("does not keep join() waiting for an item that a shutdown would have dropped", async () => {
    for (let ticks = 0; ticks < 6; ticks++) {
      await play(function* () {
        const queue = new Queue<number>();
        const task = createTask(async () => {
          await queue.get();
          queue.taskDone();
        });
        yield* sleep(1);
        queue.putNowait(1);
        for (let i = 0; i < ticks; i++) yield* sleep(0);
        task.cancel();
        queue.shutdown({ immediate: true });
        yield* queue.join();
      });
    }
  });
});

describe("A queue whose running and waiting tasks are cancelled together", () => {
  it("is left empty of waiters, and goes on working", async () => {
    await play(function* () {
      const queue = new Queue<number>(1);
      const tasks: Task<unknown>[] = [];
      for (let i = 0; i < 3; i++) {
        tasks.push(createTask(function* () {
          yield* queue.put(i);
          yield* sleep(1_000);
        }));
      }
      yield* sleep(1);
      for (const task of tasks) task.cancel();
      yield* sleep(1);
      for (const task of tasks) assert(task.cancelled());
      assertEquals(String(queue), "<Queue maxsize=1 _queue=[0] tasks=1>");
      assertEquals(yield* queue.get(), 0);
      yield* queue.put(9);
      assertEquals(yield* queue.get(), 9);
    });
  });

  it("wakes a getter whose predecessors were cancelled all at once", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      const tasks = Array.from({ length: 4 }, () => createTask(queue.get()));
      yield* sleep(0);
      queue.putNowait(7);
      for (const task of tasks.slice(0, 3)) task.cancel();
      assertEquals(yield* tasks[3]!, 7);
      assertEquals(String(queue), "<Queue maxsize=0 tasks=1>");
    });
  });
});
