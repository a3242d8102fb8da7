/** The frames of coroutines that wait, read from what they wait for. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Barrier,
  call,
  Condition,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  EventLoop,
  fromPromise,
  Future,
  gather,
  Lock,
  Queue,
  run,
  Semaphore,
  sleep,
  StreamReader,
  type Task,
  taskGroup,
  timeout,
} from "../../mod.ts";
import { coroutineFrames } from "../../src/debug/coroutine_places.ts";
import { runVirtual } from "../../src/testing/mod.ts";

/** The functions of the frames of each coroutine of a task. */
function functions(task: Task<unknown>): string[][] {
  // The types of tasks that users see do not have what the core knows of them.
  const frames = coroutineFrames(task as unknown as Parameters<typeof coroutineFrames>[0]);
  return [...frames.values()].map((lines) => lines.map((line) => line.replace(/ \(.*/, "")));
}

function* leaf<T>(awaited: () => never): Coroutine<T> {
  return yield* awaited() as Coroutine<T>;
}

function* branch<T>(awaited: () => never): Coroutine<T> {
  return yield* leaf<T>(awaited);
}

function* root<T>(awaited: () => never): Coroutine<T> {
  return yield* branch<T>(awaited);
}

describe("The frames of a coroutine that waits", () => {
  it("are those of all that await it by yield*, whatever it waits for, and it goes on as if nobody had looked", async () => {
    await run(function* () {
      const lock = new Lock();
      const held = yield* lock.acquire();
      const semaphore = new Semaphore(0);
      const full = new Queue<number>(1);
      full.putNowait(0);
      const empty = new Queue<number>();
      const event = new Event();
      const future = new Future<string>();
      const helper = createTask(function* () {
        yield* future;
        return "helped";
      });
      const promise = Promise.withResolvers<string>();
      const reader = new StreamReader();
      const waits: Record<string, [() => unknown, unknown]> = {
        future: [() => future, "future"],
        task: [() => helper, "helped"],
        gather: [() => gather(future, helper), ["future", "helped"]],
        sleep: [() => sleep(20, "slept"), "slept"],
        lock: [() => lock.acquire(), undefined],
        semaphore: [() => semaphore.acquire(), undefined],
        put: [() => full.put(1), undefined],
        get: [() => empty.get(), 7],
        event: [() => event.wait(), true],
        promise: [() => fromPromise(promise.promise), "kept"],
        read: [() => reader.readline(), new TextEncoder().encode("line\n")],
      };
      const tasks = Object.entries(waits).map(([name, [wait]]) => createTask(root(wait as () => never), { name }));
      yield* sleep(0);
      for (const task of tasks) {
        const [frames] = functions(task);
        assertEquals([task.getName(), frames], [task.getName(), ["leaf", "branch", "root"]]);
      }
      held[Symbol.dispose]();
      semaphore.release();
      empty.putNowait(7);
      full.getNowait();
      event.set();
      future.setResult("future");
      promise.resolve("kept");
      reader.feedData(new TextEncoder().encode("line\n"));
      for (const task of tasks) {
        const [, expected] = waits[task.getName()]!;
        const result = yield* task;
        if (expected !== undefined) assertEquals(result, expected);
      }
    });
  });

  it("have the place of each function", async () => {
    await run(function* () {
      const task = createTask(root(() => sleep(1_000) as never));
      yield* sleep(0);
      const [frames] = [...coroutineFrames(task as unknown as Parameters<typeof coroutineFrames>[0]).values()];
      for (const frame of frames!) assertMatch(frame, /^\w+ \(.*coroutine_places_test\.ts:\d+:\d+\)$/);
      task.cancel();
    });
  });

  it("leave out those of the module, also of its scopes", async () => {
    await run(function* () {
      const task = createTask(function* outside() {
        yield* timeout(1_000, function* within() {
          yield* taskGroup(function* body() {
            yield* root(() => new Future<never>() as never);
          });
        });
      });
      yield* sleep(0);
      assertEquals(functions(task), [["leaf", "branch", "root", "body", "within", "outside"]]);
      task.cancel();
    });
  });

  it("are told for each coroutine that waits for another by call(), the innermost first", async () => {
    await run(function* () {
      const task = createTask(function* outermost() {
        yield* call(function* middle() {
          yield* call(root(() => sleep(1_000) as never));
        });
      });
      yield* sleep(0);
      assertEquals(functions(task), [["leaf", "branch", "root"], ["middle"], ["outermost"]]);
      task.cancel();
    });
  });

  it("are those of the coroutine that a plain function has made", async () => {
    await run(function* () {
      const task = createTask(() => root(() => sleep(1_000) as never));
      yield* sleep(0);
      assertEquals(functions(task), [["leaf", "branch", "root"]]);
      assertMatch(String(task), /coro=<root\(\) running at .*coroutine_places_test\.ts:\d+> /);
      task.cancel();
    });
  });

  it("are not to be had of an async function, nor of a task that runs, is about to or is done", async () => {
    await run(function* () {
      const inAsync = createTask(async () => await sleep(1_000));
      const isSleep = createTask(sleep(1_000));
      const early = createTask(root(() => sleep(1_000) as never));
      assertEquals(functions(early), []);
      yield* sleep(0);
      assertEquals([functions(inAsync), functions(isSleep), functions(currentTask() as Task<unknown>)], [[], [], []]);
      const future = new Future<void>();
      const woken = createTask(root(() => future as never));
      yield* sleep(0);
      future.setResult();
      assertEquals(functions(woken), []);
      yield* woken;
      assertEquals(functions(woken), []);
      for (const task of [inAsync, isSleep, early]) task.cancel();
    });
  });

  it("can be looked at by a coroutine of the same loop at any time, and change nothing of the order", async () => {
    const order = (looks: boolean) =>
      runVirtual(function* () {
        const events: string[] = [];
        const queue = new Queue<number>(1);
        const producer = createTask(function* () {
          for (let item = 0; item < 5; item++) {
            yield* queue.put(item);
            events.push(`put ${item}`);
          }
        });
        const consumer = createTask(function* () {
          for (let item = 0; item < 5; item++) {
            events.push(`got ${yield* queue.get()}`);
            if (item % 2 === 0) yield* sleep(1);
          }
        });
        while (!consumer.done()) {
          if (looks) { for (const task of [producer, consumer]) functions(task); }
          yield* sleep(0.25);
        }
        return events;
      });
    assertEquals(await order(true), await order(false));
  });

  it("do not make a second await of one awaitable pass", async () => {
    await run(function* () {
      const nap = sleep(1_000);
      const task = createTask(root(() => nap as never));
      yield* sleep(0);
      functions(task);
      assertThrows(() => nap[Symbol.iterator]().next(), Error, "Cannot await sleep() twice");
      const future = new Future<void>();
      const iterator = future[Symbol.iterator]();
      assertThrows(() => [iterator.next(), iterator.next()], Error, "it is not done");
      task.cancel();
    });
  });

  it("leave the limit of stacks as it was", async () => {
    await run(function* () {
      const { stackTraceLimit } = Error as { stackTraceLimit?: number };
      const task = createTask(root(() => sleep(1_000) as never));
      yield* sleep(0);
      functions(task);
      String(task);
      assertEquals((Error as { stackTraceLimit?: number }).stackTraceLimit, stackTraceLimit);
      task.cancel();
    });
  });
});

describe("The frames of an async function that waits", () => {
  // Both are of one kind, and begun by one function.
  async function leafOfAsync(isFirst: boolean): Promise<void> {
    await sleep(0);
    if (isFirst) await new Queue<number>().get();
    else await new Queue<number>().get();
  }
  async function branchOfAsync(isFirst: boolean): Promise<void> {
    await sleep(0);
    await leafOfAsync(isFirst);
  }
  const ALL = ["leafOfAsync", "branchOfAsync"];

  function* waiting(count: number): Coroutine<Task<unknown>[]> {
    const tasks = Array.from({ length: count }, (_, index) => createTask(() => branchOfAsync(index % 2 === 0)));
    for (let turn = 0; turn < 10; turn++) yield* sleep(0);
    return tasks;
  }

  const shown = (task: Task<unknown>) =>
    functions(task).flat().map((name) => name.replace(/^async /, "")).filter((name) => ALL.includes(name));

  it('are those of each with debug: "stacks", however many there are', async () => {
    await run(function* () {
      const tasks = yield* waiting(150);
      for (const task of tasks) assertEquals(shown(task), ALL);
      const lines = tasks.map((task) => {
        const [frames] = [...coroutineFrames(task as unknown as Parameters<typeof coroutineFrames>[0]).values()];
        return /:(\d+):\d+\)$/.exec(frames![0]!)![1];
      });
      assertEquals(new Set(lines).size, 2, "each of the two lines is told of those that wait there");
      for (const task of tasks) task.cancel();
    }, { debug: "stacks" });
  });

  it("are known in debug mode, where a place was kept, and not without", async () => {
    await run(function* () {
      const tasks = yield* waiting(1);
      assertEquals(shown(tasks[0]!), ALL);
      for (const task of tasks) task.cancel();
    }, { debug: true });
    await run(function* () {
      const [task] = yield* waiting(1);
      assertEquals(functions(task!), []);
      task!.cancel();
    }, { debug: false });
  });

  it("are not kept by any other word", () => {
    const debug = "stack" as "stacks";
    assertThrows(() => new EventLoop({ debug }), TypeError, 'give true, false or "stacks"');
  });
});

describe("What a task says of itself", () => {
  it("is what it waits for in the end, also in an async function", async () => {
    await run(function* () {
      const host = Promise.withResolvers<void>();
      const shown = function* (body: () => Promise<unknown>): Coroutine<string> {
        const task = createTask(body);
        for (let turn = 0; turn < 10; turn++) yield* sleep(0);
        const text = String(task);
        task.cancel();
        return / wait_for=(.*)>$/.exec(text)![1]!;
      };
      const queue = new Queue<number>();
      const inner = async () => await queue.get();
      assertMatch(yield* shown(async () => await inner()), /^<get <Queue /);
      assertMatch(
        yield* shown(async () =>
          await taskGroup(function* (group) {
            yield* sleep(0);
            group.createTask(sleep(1_000));
          })
        ),
        /^<taskGroup <TaskGroup tasks=1 entered>>$/,
      );
      assertMatch(
        yield* shown(async () => await gather(sleep(1_000), sleep(0))),
        /^<gather 1\/2 pending cb=\[await\]>$/,
      );
      assertMatch(
        yield* shown(async () => await Promise.all([sleep(1_000), queue.get()])),
        /^<sleep until in .*> and <get <Queue .*>>$/,
      );
      assertEquals(
        yield* shown(async function reads() {
          await host.promise;
        }),
        "<promise in <reads()>>",
      );
      assertEquals(yield* shown((() => async () => void (await host.promise))()), "<promise in <anonymous()>>");
      const condition = new Condition();
      assertMatch(
        yield* shown(async () => {
          await condition.acquire();
          await condition.wait();
        }),
        /^<wait <Condition \[unlocked, waiters:1\]>>$/,
      );
      assertMatch(
        yield* shown(async () => void (await new Barrier(2).wait())),
        /^<wait <Barrier \[filling, waiters:1\/2\]>>$/,
      );
      host.resolve();
    });
  });
});
