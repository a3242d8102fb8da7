import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Condition,
  type Coroutine,
  createTask,
  Event,
  Lock,
  Queue,
  RuntimeError,
  Semaphore,
  sleep,
  StreamReader,
} from "../../../mod.ts";
import { play } from "../../core/play.ts";

/** A task that waits, with the means to close its coroutine. */
function waiting(wait: () => Iterable<unknown>): () => void {
  const coroutine = (function* (): Coroutine<unknown> {
    return yield* wait() as Coroutine<unknown>;
  })();
  const task = createTask(coroutine);
  return () => {
    coroutine.return(undefined);
    task.cancel();
  };
}

describe("A coroutine that is closed by hand while it waits", () => {
  it("leaves the line", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [semaphore, event, queue, reader] = [
        new Semaphore(0),
        new Event(),
        new Queue<number>(),
        new StreamReader(),
      ];
      const close = [lock.acquire(), semaphore.acquire(), event.wait(), queue.get(), reader.read()]
        .map((wait) => waiting(() => wait));
      yield* sleep(0);
      for (const it of close) it();
      assertEquals([lock, semaphore, event, queue, reader].map(String), [
        "<Lock [locked]>",
        "<Semaphore [locked]>",
        "<Event [unset]>",
        "<Queue maxsize=0>",
        "<StreamReader>",
      ]);
      yield* sleep(1);
    });
  });

  it("hands on what it was given", async () => {
    await play(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [semaphore, queue] = [new Semaphore(0), new Queue<number>()];
      const waits = [() => lock.acquire(), () => semaphore.acquire(), () => queue.get()];
      const close = waits.map(waiting);
      const next = waits.map((wait) => createTask<unknown>(wait()));
      yield* sleep(0);
      lock.release();
      semaphore.release();
      queue.putNowait(1);
      for (const it of close) it();
      for (const task of next) yield* task;
      assert(lock.locked());
      assertEquals(queue.qsize(), 0);
      yield* sleep(1);
    });
  });
});

describe("An awaitable that is iterated instead of awaited", () => {
  it("is refused, and nobody waits in its name", async () => {
    await play(function* () {
      const lock = new Lock();
      const condition = new Condition(lock);
      yield* lock.acquire();
      const [semaphore, event, queue, full] = [
        new Semaphore(0),
        new Event(),
        new Queue<number>(),
        new Queue<number>(1),
      ];
      const reader = new StreamReader();
      full.putNowait(0);
      for (
        const awaitable of [
          lock.acquire(),
          condition.acquire(),
          semaphore.acquire(),
          event.wait(),
          queue.get(),
          full.put(1),
          reader.read(),
        ]
      ) {
        assertThrows(() => [...awaitable as Iterable<unknown>], RuntimeError);
      }
      lock.release();
      semaphore.release();
      event.set();
      queue.putNowait(1);
      full.getNowait();
      reader.feedEof();
      assertEquals([lock, semaphore, event].map(String), [
        "<Lock [unlocked]>",
        "<Semaphore [unlocked, value:1]>",
        "<Event [set]>",
      ]);
      assertEquals([queue.qsize(), full.qsize()], [1, 0]);
      yield* sleep(0);
    });
  });
});
