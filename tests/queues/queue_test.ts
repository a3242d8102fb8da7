// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  createTask,
  forEach,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  run,
  RuntimeError,
  sleep,
} from "../../mod.ts";
import { play, rejection, trace } from "../core/play.ts";

describe("Queue", () => {
  it("gives items in the order that they were put in, through any number of them", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      let next = 0;
      let expected = 0;
      for (const [puts, gets] of [[5, 3], [20, 10], [3_000, 3_012], [9, 2]] as const) {
        for (let i = 0; i < puts; i++) yield* queue.put(next++);
        for (let i = 0; i < gets; i++) assertEquals(yield* queue.get(), expected++);
      }
      assertEquals(queue.qsize(), next - expected);
    });
  });

  it("passes items between producers and consumers in CPython's order", async () => {
    const order = await trace(function* (say) {
      const queue = new Queue<string>(1);
      const produce = (name: string, n: number) =>
        createTask(function* () {
          for (let i = 0; i < n; i++) {
            yield* queue.put(name + i);
            say(`put:${name}${i}`);
          }
        });
      const consume = (name: string, n: number) =>
        createTask(function* () {
          for (let i = 0; i < n; i++) say(`${name}:${yield* queue.get()}`);
        });
      for (const task of [produce("x", 3), produce("y", 2), consume("C", 2), consume("D", 3)]) yield* task;
    });
    assertEquals(order, "put:x0 C:x0 put:x1 C:x1 put:y0 D:y0 put:x2 D:x2 put:y1 D:y1");
  });

  it("put() waits only while it is full, get() only while it is empty", async () => {
    await play(function* () {
      const queue = new Queue<number>(1);
      let others = 0;
      createTask(function* () {
        others++;
      });
      yield* queue.put(1);
      assertEquals(yield* queue.get(), 1);
      assertEquals(others, 0);
      yield* queue.put(2);
      const put = createTask(queue.put(3));
      yield* sleep(0);
      assertFalse(put.done());
      assertEquals(queue.getNowait(), 2);
      yield* put;
      assertEquals(queue.qsize(), 1);
    });
  });

  it("putNowait() and getNowait() fail instead of waiting", () => {
    const queue = new Queue<number>(1);
    assertThrows(() => queue.getNowait(), QueueEmpty);
    queue.putNowait(1);
    assertThrows(() => queue.putNowait(2), QueueFull);
    assertEquals([queue.qsize(), queue.empty(), queue.full(), queue.maxsize], [1, false, true, 1]);
    assertEquals(queue.getNowait(), 1);
  });

  it("is never full without a limit, and refuses a limit that is no whole number", () => {
    for (const maxsize of [0, -1, Infinity]) {
      const queue = new Queue<number>(maxsize);
      for (let i = 0; i < 100; i++) queue.putNowait(i);
      assertFalse(queue.full());
    }
    for (const maxsize of [1.5, NaN, -Infinity]) assertThrows(() => new Queue(maxsize), RangeError);
    // @ts-expect-error: not a number
    assertThrows(() => new Queue("3"), TypeError);
  });

  it("join() waits until each item was reported done, and not at all when there is none", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      yield* queue.join();
      queue.putNowait(1);
      queue.putNowait(2);
      const join = createTask(queue.join());
      for (let i = 0; i < 2; i++) {
        yield* sleep(0);
        assertFalse(join.done());
        yield* queue.get();
        queue.taskDone();
      }
      assertEquals(yield* join, undefined);
    });
  });

  it("taskDone() is refused when it is called too often, and the count stays right", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      assertThrows(() => queue.taskDone(), RangeError);
      queue.putNowait(1);
      assertEquals(String(queue), "<Queue maxsize=0 _queue=[1] tasks=1>");
      queue.taskDone();
      yield* queue.join();
    });
  });

  it("shutdown() lets the rest be taken, then ends gets and puts, those that wait included", async () => {
    await play(function* () {
      const full = new Queue<number>(1);
      full.putNowait(1);
      const put = createTask(full.put(2));
      const empty = new Queue<number>();
      const get = createTask(empty.get());
      yield* sleep(0);
      full.shutdown();
      empty.shutdown();
      full.shutdown();
      yield* sleep(0);
      assertInstanceOf(put.exception(), QueueShutDown);
      assertInstanceOf(get.exception(), QueueShutDown);
      assertThrows(() => full.putNowait(3), QueueShutDown);
      assertEquals(yield* full.get(), 1);
      assertThrows(() => full.getNowait(), QueueShutDown);
      assertInstanceOf(yield* caught(full.get()), QueueShutDown);
      assertInstanceOf(yield* caught(full.put(4)), QueueShutDown);
    });
  });

  it("shutdown({ immediate: true }) drops the rest and ends join()", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      queue.putNowait(2);
      const join = createTask(queue.join());
      yield* sleep(0);
      queue.shutdown();
      yield* sleep(0);
      assertFalse(join.done());
      queue.shutdown({ immediate: true });
      yield* join;
      assertThrows(() => queue.getNowait(), QueueShutDown);
      assertThrows(() => queue.shutdown(true as never), TypeError, "Write { immediate: true }");
    });
  });

  it("for await takes items until it is shut down and empty", async () => {
    const got: number[] = [];
    await play(async () => {
      const queue = new Queue<number>();
      const task = createTask(async () => {
        for await (const item of queue) got.push(item);
        return "over";
      });
      for (let i = 0; i < 3; i++) {
        await queue.put(i);
        await sleep(1);
      }
      queue.putNowait(3);
      queue.shutdown();
      assertEquals(await task, "over");
    });
    assertEquals(got, [0, 1, 2, 3]);
  });

  it("forEach() takes items until it is shut down and empty, and a cancel takes none", async () => {
    const got: number[] = [];
    await play(function* () {
      const queue = new Queue<number>();
      const collect = () =>
        createTask(forEach(queue, function* (item) {
          got.push(item);
        }));
      const cancelled = collect();
      yield* sleep(1);
      queue.putNowait(0);
      cancelled.cancel();
      yield* sleep(1);
      assert(cancelled.cancelled());
      const task = collect();
      queue.putNowait(1);
      queue.shutdown();
      yield* task;
    });
    assertEquals(got, [0, 1]);
  });

  it("works the same in async functions", async () => {
    await play(async () => {
      const queue = new Queue<string>(1);
      const task = createTask(async () => {
        await queue.put("a");
        await queue.put("b");
      });
      await sleep(1);
      assertEquals([await queue.get(), await queue.get()], ["a", "b"]);
      await task;
      queue.taskDone();
      queue.taskDone();
      queue.shutdown();
      assertInstanceOf(await rejection(queue.get()), QueueShutDown);
      await queue.join();
    });
  });

  it("stores its items as a subclass wants it", async () => {
    class Rounds extends Queue<number> {
      readonly stored = new Set<number>();
      override qsize(): number {
        return this.stored.size;
      }
      protected override storeItem(item: number): void {
        if (item < 0) throw new RangeError("negative");
        this.stored.add(item);
      }
      protected override takeItem(): number {
        const [item] = this.stored;
        this.stored.delete(item!);
        return item!;
      }
    }
    await play(function* () {
      const queue = new Rounds(2);
      for (const item of [3, 1, 1]) if (!queue.full() || item !== 1) yield* queue.put(item);
      assertThrows(() => new Rounds().putNowait(-1), RangeError);
      assertEquals([yield* queue.get(), yield* queue.get(), queue.empty()], [3, 1, true]);
    });
  });

  it("what waits cannot be awaited twice", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      queue.putNowait(2);
      const get = queue.get();
      yield* get;
      assertInstanceOf(yield* caught(get), RuntimeError);
      assertEquals(queue.qsize(), 1);
    });
  });

  it("what was not awaited cannot be iterated over", async () => {
    await play(function* () {
      const queue = new Queue<number>();
      const iterated = createTask(function* () {
        for (const _item of queue.get() as Iterable<unknown>);
      });
      assertInstanceOf(yield* caught(iterated), RuntimeError);
      assertEquals(
        iterated.exception() instanceof RuntimeError && String(iterated.exception()).includes("yield*"),
        true,
      );
      assertEquals(String(queue), "<Queue maxsize=0>");
    });
  });

  it("belongs to the loop on which a task waited for it first", async () => {
    const queue = new Queue<number>();
    const meet = () =>
      run(function* () {
        const task = createTask(queue.get());
        yield* sleep(0);
        queue.putNowait(1);
        yield* task;
      });
    await meet();
    await assertRejects(meet, RuntimeError, "<Queue maxsize=0");
    assertEquals(queue.qsize(), 1);
  });

  it("toString() says what it holds and who waits", async () => {
    await play(function* () {
      const queue = new Queue<number>(1);
      const get = createTask(queue.get());
      yield* sleep(0);
      assertEquals(String(queue), "<Queue maxsize=1 _getters[1]>");
      queue.putNowait(1);
      yield* get;
      queue.putNowait(2);
      const put = createTask(queue.put(3));
      yield* sleep(0);
      assertEquals(String(queue), "<Queue maxsize=1 _queue=[2] _putters[1] tasks=2>");
      queue.shutdown({ immediate: true });
      yield* caught(put);
      assertEquals(String(queue), "<Queue maxsize=1 tasks=1 shutdown>");
    });
  });
});

/** What awaiting it fails with. */
function* caught(awaitable: Iterable<unknown, unknown, unknown>) {
  try {
    yield* awaitable as ReturnType<Queue<number>["get"]>;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
