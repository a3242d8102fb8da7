/** In debug mode an error of the module names the async functions that await it, on every engine. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Barrier,
  createTask,
  fromPromise,
  gather,
  getRunningLoop,
  openConnection,
  Queue,
  run,
  sleep,
  StreamReader,
  taskGroup,
  timeout,
  waitFor,
} from "../../mod.ts";

type Operation = () => PromiseLike<unknown>;

async function leaf(operation: Operation): Promise<unknown> {
  await sleep(0);
  return await operation();
}

async function branch(operation: Operation): Promise<unknown> {
  await sleep(0);
  return await leaf(operation);
}

async function root(operation: Operation): Promise<unknown> {
  await sleep(0);
  return await branch(operation);
}

const soon = (callback: () => unknown) => getRunningLoop().callSoon(() => getRunningLoop().callSoon(() => callback()));

const failing: Readonly<Record<string, Operation>> = {
  "timeout() with a coroutine": () => timeout(1, () => sleep(100_000)),
  "timeout() with an async function": () => timeout(1, async () => await sleep(100_000)),
  "waitFor()": () => waitFor(sleep(100_000), 1),
  "Queue.get()": () => {
    const queue = new Queue<number>();
    soon(() => queue.shutdown());
    return queue.get();
  },
  "Barrier.wait()": () => {
    const barrier = new Barrier(2);
    soon(() => createTask(barrier.abort()));
    return barrier.wait();
  },
  "StreamReader.readexactly()": () => {
    const reader = new StreamReader();
    soon(() => reader.feedEof());
    return reader.readexactly(5);
  },
  "fromPromise()": () => fromPromise(fetch("http://127.0.0.1:1/")),
  "openConnection()": () => openConnection("127.0.0.1", 1),
  "gather()": () => gather(openConnection("127.0.0.1", 1), sleep(0)),
  "taskGroup()": () =>
    taskGroup(function* (group) {
      yield* sleep(0);
      group.createTask(function* () {
        yield* sleep(0);
        throw new RangeError("in the group");
      });
    }),
  "getaddrinfo()": () => getRunningLoop().getaddrinfo("127.0.0.1", -1),
};

describe("In debug mode an error names the async functions that await", () => {
  for (const [name, operation] of Object.entries(failing)) {
    it(name, async () => {
      const error = await run(async () => {
        try {
          await root(operation);
        } catch (error) {
          return error as Error;
        }
        throw new Error("It did not fail.");
      }, { debug: true });
      const stack = String(error.stack);
      assert(stack.includes(error.message), "the stack begins with the message");
      const named = [...stack.matchAll(/\b(leaf|branch|root) \(.*async_frames_test\.ts:\d+:\d+\)/g)].map(([, one]) =>
        one
      );
      assertEquals(named, ["leaf", "branch", "root"], stack);
    });
  }
});
